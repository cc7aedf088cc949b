#include "tools/fit_image.h"

#include <gtest/gtest.h>

#include <cmath>

namespace limpid::testing {
namespace {

/// A picture whose pixel is f(y, x, c).
template <class F>
Image make_image(int height, int width, const F& f) {
  Image image{height, width, {}};
  for (int y = 0; y < height; ++y) {
    for (int x = 0; x < width; ++x) {
      for (int c = 0; c < 3; ++c) image.rgb.push_back(f(y, x, c));
    }
  }
  return image;
}

TEST(FitToNetwork, LeavesAPictureOfTheRightSizeAlone) {
  const Image image = make_image(
      9, 9, [](int y, int x, int c) { return 0.1F * static_cast<float>((y * 5 + x * 3 + c) % 7); });
  const Image fitted = fit_to_network(image, 9);
  EXPECT_EQ(fitted.rgb, image.rgb);
}

TEST(FitToNetwork, TakesTheCentre) {
  // Red outside the centred square, blue inside.
  const auto wide =
      make_image(20, 60, [](int, int x, int c) { return (x >= 20 && x < 40) == (c == 2) ? 1.0F : 0.0F; });
  const auto tall =
      make_image(60, 20, [](int y, int, int c) { return (y >= 20 && y < 40) == (c == 2) ? 1.0F : 0.0F; });
  for (const Image& image : {wide, tall}) {
    const Image fitted = fit_to_network(image, 10);
    ASSERT_EQ(fitted.height, 10);
    ASSERT_EQ(fitted.width, 10);
    for (std::size_t p = 0; p < 100; ++p) {
      EXPECT_NEAR(fitted.rgb[3 * p], 0, 1e-6);
      EXPECT_NEAR(fitted.rgb[3 * p + 2], 1, 1e-6);
    }
  }
}

TEST(FitToNetwork, KeepsARampARamp) {
  // Catmull-Rom reproduces linear functions; widened over whole pixels to shrink a picture, it does to a
  // hundredth of a pixel. The border, where samples are repeated, is left out.
  for (const int size : {16, 100}) {
    const Image fitted = fit_to_network(
        make_image(40, 40, [](int y, int x, int c) { return static_cast<float>(c == 0 ? x : y) / 40; }),
        size);
    const double pitch = 40.0 / size;
    const double tolerance = size < 40 ? 0.01 / 40 : 1e-5;
    const int border = static_cast<int>(std::ceil(2 * std::max(1.0, 1 / pitch)));
    for (int y = border; y < size - border; ++y) {
      for (int x = border; x < size - border; ++x) {
        const auto p = static_cast<std::size_t>(y * size + x) * 3;
        EXPECT_NEAR(fitted.rgb[p], ((x + 0.5) * pitch - 0.5) / 40, tolerance)
            << size << ": " << y << "," << x;
        EXPECT_NEAR(fitted.rgb[p + 1], ((y + 0.5) * pitch - 0.5) / 40, tolerance)
            << size << ": " << y << "," << x;
      }
    }
  }
}

TEST(FitToNetwork, StaysInRange) {
  const Image fitted = fit_to_network(
      make_image(8, 8, [](int y, int x, int) { return static_cast<float>((y / 4 + x / 4) % 2); }), 50);
  for (const float value : fitted.rgb) {
    EXPECT_GE(value, 0);
    EXPECT_LE(value, 1);
  }
}

TEST(FitToNetwork, TakesASinglePixelAndALongStrip) {
  EXPECT_EQ(fit_to_network({1, 1, {0.25F, 0.5F, 0.75F}}, 4).rgb.size(), 48U);
  const Image strip = make_image(1, 16000, [](int, int x, int) { return x == 7999 ? 1.0F : 0.0F; });
  const Image fitted = fit_to_network(strip, 4);
  for (const float value : fitted.rgb) EXPECT_NEAR(value, 1, 1e-6);
}

}  // namespace
}  // namespace limpid::testing
