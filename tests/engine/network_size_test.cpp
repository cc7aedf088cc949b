// Views enlarged for the network: what it is shown, and that the picture climbs what it is shown.
#include <gtest/gtest.h>

#include <cmath>

#include "engine/limpid.hpp"
#include "engine/options/image_options.h"
#include "kernels/core/error.h"
#include "tests/weights/support.h"

namespace limpid::testing {
namespace {

const Model& model() {
  static const Model model = narrow_model("bvlc_googlenet");
  return model;
}

RenderOptions options() {
  RenderOptions o;
  o.objective = parse_objective("mixed3a:1:pre", model());
  o.height = 33;
  o.width = 44;
  o.view.network_size = 66;
  o.steps = 3;
  o.view.transforms = {};
  return o;
}

/// Bilinear, corners on corners, by the definition.
Image enlarged(const Image& image, int height, int width) {
  Image to{height, width, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      const double from_y = 1.0 * y * (image.height - 1) / (height - 1);
      const double from_x = 1.0 * x * (image.width - 1) / (width - 1);
      const int y0 = std::min(static_cast<int>(from_y), image.height - 2);
      const int x0 = std::min(static_cast<int>(from_x), image.width - 2);
      const double fy = from_y - y0, fx = from_x - x0;
      for (int c = 0; c < 3; ++c) {
        const auto at = [&](int row, int column) {
          return static_cast<double>(
              image.rgb[static_cast<std::size_t>((row * image.width + column) * 3 + c)]);
        };
        to.rgb.push_back(static_cast<float>((1 - fy) * ((1 - fx) * at(y0, x0) + fx * at(y0, x0 + 1)) +
                                            fy * ((1 - fx) * at(y0 + 1, x0) + fx * at(y0 + 1, x0 + 1))));
      }
    }
  }
  return to;
}

class NetworkSize : public ::testing::TestWithParam<const char*> {};

TEST_P(NetworkSize, TheNetworkSeesTheEnlargedPicture) {
  RenderOptions o = options();
  o.view.transforms = parse_transforms(GetParam());
  const RenderResult result = render(model(), o);
  const Image& picture = result.snapshots.back().image;
  EXPECT_EQ(picture.height, 33);
  const double value = input_gradient(model(), enlarged(picture, 66, 88), o.objective).value;
  EXPECT_NEAR(result.objective.back(), value, 1e-4 * std::abs(value));
  EXPECT_GT(result.objective.back(), result.objective.front()) << "its gradient comes back to the picture";
}

INSTANTIATE_TEST_SUITE_P(Views, NetworkSize, ::testing::Values("none", "lucid: none", "lucent: none"));

TEST(NetworkSizeOption, IsInProportionAndWithinLimits) {
  RenderOptions o = options();
  EXPECT_EQ(seen_size(o), (std::array{66, 88}));
  o.view.network_size.reset();
  EXPECT_EQ(seen_size(o), (std::array{33, 44}));
  o.width = 8192;
  o.view.network_size = 224;
  EXPECT_THROW(render(model(), o), Error);
}

TEST(NetworkSizeOption, ATargetNeedsTheSeenSizeNotThePictures) {
  RenderOptions o = options();
  o.objective = parse_objective("mixed4a:1@c", model());
  o.height = o.width = 5;
  o.steps = 1;
  o.view.network_size = 64;
  EXPECT_EQ(render(model(), o).snapshots.back().image.height, 5);
}

}  // namespace
}  // namespace limpid::testing
