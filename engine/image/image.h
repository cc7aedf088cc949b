// A picture.
#pragma once

#include <vector>

namespace limpid {

/// height x width x 3, RGB, values in [0, 1].
struct Image {
  int height = 0;
  int width = 0;
  std::vector<float> rgb;
};

}  // namespace limpid
