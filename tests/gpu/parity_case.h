// What the engine's parity is tested on: a network, and a size of picture.
#pragma once

#include <memory>

#include "weights/model.h"

namespace limpid::test {

struct ParityCase {
  std::shared_ptr<const Model> model;
  int height = 0, width = 0;
};

/// On a device the weights at hand, else random ones; on the emulated one limpid's own, and a small picture.
const ParityCase& parity_case();

}  // namespace limpid::test
