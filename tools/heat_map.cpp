#include "tools/heat_map.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace limpid {

Image heat_map(const InputGradient& gradient) {
  std::vector<float> lengths;
  for (std::size_t i = 0; i + 2 < gradient.gradient.size(); i += 3) {
    const float* g = gradient.gradient.data() + i;
    lengths.push_back(std::hypot(g[0], g[1], g[2]));
  }
  std::vector<float> sorted = lengths;
  const auto brightest = sorted.end() - 1 - static_cast<std::ptrdiff_t>(sorted.size() / 1000);
  std::nth_element(sorted.begin(), brightest, sorted.end());
  const float white = *brightest > 0 ? *brightest : 1.0F;
  Image image{gradient.height, gradient.width, {}};
  for (const float length : lengths) {
    // A third of the way each of the primaries comes up.
    const float heat = 3 * std::min(length / white, 1.0F);
    for (const float from : {0.0F, 1.0F, 2.0F}) image.rgb.push_back(std::clamp(heat - from, 0.0F, 1.0F));
  }
  return image;
}

}  // namespace limpid
