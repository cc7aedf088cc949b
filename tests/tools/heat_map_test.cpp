#include "tools/heat_map.h"

#include <gtest/gtest.h>

#include <vector>

namespace limpid::testing {
namespace {

using Colour = std::vector<float>;

Colour pixel(const Image& image, std::size_t i) {
  return {image.rgb[3 * i], image.rgb[3 * i + 1], image.rgb[3 * i + 2]};
}

TEST(HeatMap, GoesFromBlackOverRedAndYellowToWhite) {
  // Lengths 0, 1, 2, 3 and 6 of 6: whatever the signs and channels are.
  const Image image = heat_map({0, 1, 5, {0, 0, 0, -1, 0, 0, 0, 2, 0, 0, 0, -3, 4, -4, 2}});
  ASSERT_EQ(image.height, 1);
  ASSERT_EQ(image.width, 5);
  EXPECT_EQ(pixel(image, 0), (Colour{0, 0, 0}));
  EXPECT_EQ(pixel(image, 1), (Colour{0.5F, 0, 0}));
  EXPECT_EQ(pixel(image, 2), (Colour{1, 0, 0}));
  EXPECT_EQ(pixel(image, 3), (Colour{1, 0.5F, 0}));
  EXPECT_EQ(pixel(image, 4), (Colour{1, 1, 1}));
}

TEST(HeatMap, AThousandthOfThePixelsMayBeBrighterThanWhite) {
  InputGradient gradient{0, 40, 50, std::vector<float>(6000, 0)};
  for (std::size_t i = 0; i < 2000; ++i) gradient.gradient[3 * i] = 0.5F;
  gradient.gradient[0] = 1e6F;
  gradient.gradient[3] = 1e6F;
  EXPECT_EQ(pixel(heat_map(gradient), 1000), (Colour{1, 1, 1}));
  gradient.gradient[6] = 1e6F;
  EXPECT_LT(pixel(heat_map(gradient), 1000)[0], 1e-3F);
}

TEST(HeatMap, IsBlackWithoutAGradient) {
  EXPECT_EQ(heat_map({0, 1, 2, {0, 0, 0, 0, 0, 0}}).rgb, std::vector<float>(6, 0));
}

}  // namespace
}  // namespace limpid::testing
