// A picture.
#pragma once

#include <vector>

namespace limpid {

/// height x width x 3, RGB, values in [0, 1]; straight, not multiplied by alpha.
struct Image {
  int height = 0;
  int width = 0;
  std::vector<float> rgb;
  std::vector<float> alpha = {};  ///< height x width, in [0, 1]: 1 is opaque. Empty for a picture without.
};

}  // namespace limpid
