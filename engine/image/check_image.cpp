#include "engine/image/check_image.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <vector>

#include "kernels/core/error.h"

namespace limpid {
namespace {

void check_finite(const std::vector<float>& values, std::string_view what, std::string_view part) {
  const auto bad =
      std::find_if(values.begin(), values.end(), [](float value) { return !std::isfinite(value); });
  if (bad != values.end()) {
    fail_usage("{}: value {} of its {} is {}", what, bad - values.begin(), part, *bad);
  }
}

}  // namespace

void check_image(const Image& image, std::string_view what) {
  if (image.height < 1 || image.width < 1) {
    fail_usage("{} is {}x{}: a picture has at least one pixel", what, image.height, image.width);
  }
  const auto pixels = static_cast<std::uint64_t>(image.height) * static_cast<std::uint64_t>(image.width);
  if (image.rgb.size() != 3 * pixels) {
    fail_usage("{} is {}x{} and has {} values of colour: {} are needed", what, image.height, image.width,
               image.rgb.size(), 3 * pixels);
  }
  if (!image.alpha.empty() && image.alpha.size() != pixels) {
    fail_usage("{} is {}x{} and has {} values of alpha: none or {} are needed", what, image.height,
               image.width, image.alpha.size(), pixels);
  }
  check_finite(image.rgb, what, "colour");
  check_finite(image.alpha, what, "alpha");
}

void check_extent(const Mask& mask) {
  const auto pixels = static_cast<std::uint64_t>(std::max(mask.height, 0)) *
                      static_cast<std::uint64_t>(std::max(mask.width, 0));
  if (pixels > 0 && mask.values.size() == pixels) return;
  fail_usage("the mask '{}' is {}x{} and has {} values: {} are needed", mask.file, mask.height, mask.width,
             mask.values.size(), pixels);
}

}  // namespace limpid
