#include "engine/image/fit_image.h"

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

/// A picture of which each half, quarter or third of the width has a colour of its own.
Image stripes(int height, int width, const std::vector<float>& greys) {
  return make_image(height, width, [&](int, int x, int) {
    return greys[static_cast<std::size_t>(x) * greys.size() / static_cast<std::size_t>(width)];
  });
}

TEST(FitImage, CropsPadsOrStretches) {
  const Image wide = stripes(40, 160, {0.2F, 0.4F, 0.6F, 0.8F});
  const auto row = [](const Image& image, int y) {
    std::vector<float> greys;
    for (int x = 0; x < image.width; ++x) {
      greys.push_back(image.rgb[static_cast<std::size_t>(y * image.width + x) * 3]);
    }
    return greys;
  };
  // A box of 1 x 2 in the middle of 1 x 4: the second and the third stripe.
  const Image cropped = fit_image(wide, 10, 20, Fit::crop);
  ASSERT_EQ(cropped.rgb.size(), 600U);
  EXPECT_NEAR(row(cropped, 5)[1], 0.4, 1e-6);
  EXPECT_NEAR(row(cropped, 5)[18], 0.6, 1e-6);
  // All four of them in five of ten rows.
  const Image padded = fit_image(wide, 10, 20, Fit::pad);
  for (const int y : {0, 1, 7, 9}) {
    for (const float grey : row(padded, y)) EXPECT_EQ(grey, 0.5F) << y;
  }
  for (const int y : {2, 6}) {
    EXPECT_NEAR(row(padded, y)[1], 0.2, 1e-6) << y;
    EXPECT_NEAR(row(padded, y)[18], 0.8, 1e-6) << y;
  }
  const Image stretched = fit_image(wide, 10, 20, Fit::stretch);
  for (const int y : {0, 9}) {
    EXPECT_NEAR(row(stretched, y)[1], 0.2, 1e-6);
    EXPECT_NEAR(row(stretched, y)[18], 0.8, 1e-6);
  }
}

TEST(FitImage, ShrinksByWholeAreas) {
  // A board of single pixels, black and white: what skips pixels sees one of them.
  const Image board = make_image(64, 64, [](int y, int x, int) { return static_cast<float>((y + x) % 2); });
  for (const Fit fit : {Fit::crop, Fit::pad, Fit::stretch}) {
    const Image small = fit_image(board, 8, 8, fit);
    for (std::size_t p = 0; p < small.rgb.size(); ++p) EXPECT_NEAR(small.rgb[p], 0.5, 0.01) << p;
  }
}

TEST(FitImage, TakesEverySizeToEveryOther) {
  for (const int height : {1, 2, 7, 300}) {
    for (const int width : {1, 3, 299}) {
      const Image image = make_image(height, width, [](int, int, int) { return 0.25F; });
      for (const Fit fit : {Fit::crop, Fit::pad, Fit::stretch}) {
        for (const auto& [h, w] : {std::pair{1, 1}, {5, 1}, {1, 40}, {33, 17}}) {
          const Image fitted = fit_image(image, h, w, fit);
          ASSERT_EQ(fitted.rgb.size(), static_cast<std::size_t>(h * w * 3));
          EXPECT_NEAR(fitted.rgb[static_cast<std::size_t>((h - 1) / 2 * w + (w - 1) / 2) * 3], 0.25, 1e-6);
        }
      }
    }
  }
}

TEST(FitImage, AMaskIsFreeWhereItWasPadded) {
  const std::vector<float> mask(12, 1.0F);
  EXPECT_EQ(fit_plane(mask, 3, 4, 3, 4, Fit::pad), mask);
  const std::vector<float> padded = fit_plane(mask, 3, 4, 6, 4, Fit::pad);
  ASSERT_EQ(padded.size(), 24U);
  EXPECT_EQ(padded[0], 0);
  EXPECT_NEAR(padded[9], 1, 1e-6);
  EXPECT_EQ(padded[23], 0);
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
