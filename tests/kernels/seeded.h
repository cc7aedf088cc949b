// One run of ObjectiveSeed.
#pragma once

#include <cstddef>
#include <vector>

#include "kernels/ops/objective_seed.h"
#include "tests/image/support.h"
#include "tests/kernels/activations.h"

namespace limpid::test {

/// The operation on a map with what it writes; values hold ten before.
struct Seeded {
  Seeded(Activations& map, const std::vector<SlotTerm>& terms, int columns, int workers,
         bool accumulate = false, float scale = 1)
      : gradient(map.shape()), values(static_cast<std::size_t>(map.shape().n * columns), 10) {
    const int per_image = static_cast<int>(terms.size()) / map.shape().n;
    cpu::objective_seed(threads(workers), {map.tensor(), gradient.tensor(), terms.data(), values.data(),
                                           accumulate, scale, per_image, columns});
  }

  Activations gradient;
  std::vector<double> values;
};

}  // namespace limpid::test
