// Thumbnails, descriptors, neighbours, curves, keys: what a gallery derives from a picture and its job.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <numeric>

#include "tests/gallery/sample_pictures.h"
#include "tools/gallery/curve.h"
#include "tools/gallery/descriptor.h"
#include "tools/gallery/keys.h"
#include "tools/gallery/neighbours.h"
#include "tools/gallery/thumbnail.h"

namespace limpid::testing {
namespace {

Pixels filled(int height, int width, std::uint8_t value) {
  return {height, width, std::vector<std::uint8_t>(static_cast<std::size_t>(3 * height * width), value)};
}

TEST(Thumbnail, AveragesWholePixels) {
  Pixels picture = filled(4, 4, 0);
  for (std::size_t i = 0; i < picture.rgb.size(); ++i) picture.rgb[i] = static_cast<std::uint8_t>(i);
  const Pixels thumbnail = square_thumbnail(picture, 2);
  // Pixels 0, 1, 4, 5 are 12 bytes a row apart: their first colours 0, 3, 12, 15 have the mean 7.5.
  EXPECT_EQ(thumbnail.rgb, (std::vector<std::uint8_t>{8, 9, 10, 14, 15, 16, 32, 33, 34, 38, 39, 40}));
}

TEST(Thumbnail, KeepsOneColourAtAnySize) {
  for (const auto& [height, width] : {std::pair{1, 1}, {7, 5}, {96, 97}, {224, 300}}) {
    for (const int size : {1, 32, 96}) {
      const Pixels thumbnail = square_thumbnail(filled(height, width, 201), size);
      EXPECT_EQ(thumbnail.rgb, filled(size, size, 201).rgb) << height << " x " << width << " to " << size;
    }
  }
}

TEST(Thumbnail, TakesTheCentreOfAWidePicture) {
  Pixels picture = filled(2, 6, 0);
  for (const std::size_t x : {2, 3, 8, 9}) {
    for (std::size_t c = 0; c < 3; ++c) picture.rgb[3 * x + c] = 100;
  }
  EXPECT_EQ(square_thumbnail(picture, 2).rgb, filled(2, 2, 100).rgb);
}

TEST(Descriptor, PartsHaveUnitLength) {
  const Descriptor descriptor = describe_picture(stripes(5, 80, 64));
  const auto length = [&](std::size_t first, std::size_t count) {
    const auto begin = descriptor.begin() + static_cast<std::ptrdiff_t>(first);
    return std::inner_product(begin, begin + static_cast<std::ptrdiff_t>(count), begin, 0.0F);
  };
  // Sums of at most 64 squares below one, each rounded once.
  EXPECT_NEAR(length(0, kColourFeatures), 1, 64 * 6e-8);
  EXPECT_NEAR(length(kColourFeatures, kEdgeFeatures), 1, 64 * 6e-8);
}

TEST(Descriptor, OneColourHasNoEdges) {
  const Descriptor descriptor = describe_picture(filled(30, 30, 255));
  EXPECT_EQ(descriptor[kColourFeatures - 1], 1);  // White is the last cell.
  for (std::size_t i = kColourFeatures; i < descriptor.size(); ++i) EXPECT_EQ(descriptor[i], 0) << i;
}

TEST(Descriptor, SeesTheDirectionOfEdges) {
  Pixels vertical = filled(64, 64, 0);  // Stripes that change along x, four pixels wide.
  Pixels horizontal = vertical;
  for (std::size_t y = 0; y < 64; ++y) {
    for (std::size_t x = 0; x < 64; ++x) {
      for (std::size_t c = 0; c < 3; ++c) {
        vertical.rgb[3 * (64 * y + x) + c] = x / 4 % 2 == 0 ? 255 : 0;
        horizontal.rgb[3 * (64 * y + x) + c] = y / 4 % 2 == 0 ? 255 : 0;
      }
    }
  }
  const Descriptor across = describe_picture(vertical);
  const Descriptor down = describe_picture(horizontal);
  // Of eight orientations over 180 degrees, the gradient's: 0 and 90 degrees.
  EXPECT_GT(across[kColourFeatures], 0.5F);
  EXPECT_EQ(across[kColourFeatures + 4], 0);
  EXPECT_GT(down[kColourFeatures + 4], 0.5F);
  EXPECT_EQ(down[kColourFeatures], 0);
  for (std::size_t i = 0; i < kColourFeatures; ++i) EXPECT_EQ(across[i], down[i]) << i;
}

TEST(Neighbours, FindThePictureThatLooksTheSame) {
  // Each of twelve pictures twice, 100 apart.
  std::vector<Candidate> candidates;
  for (const std::size_t copy : {0, 100}) {
    for (std::size_t i = 0; i < 12; ++i) {
      candidates.push_back(
          {copy + i, std::to_string(copy + i), describe_picture(stripes(static_cast<int>(i), 64, 64))});
    }
  }
  const auto neighbours = nearest_neighbours(candidates, 3);
  ASSERT_EQ(neighbours.size(), 24U);
  for (std::size_t i = 0; i < 12; ++i) {
    ASSERT_EQ(neighbours[i].size(), 3U);
    EXPECT_EQ(neighbours[i][0], 100 + i);
    EXPECT_EQ(neighbours[12 + i][0], i);
  }
}

TEST(Neighbours, LeaveOutTheirOwnSubject) {
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < 6; ++i) {
    candidates.push_back(
        {i, i < 4 ? "same" : std::to_string(i), describe_picture(stripes(static_cast<int>(i), 32, 32))});
  }
  const auto neighbours = nearest_neighbours(candidates, 12);
  EXPECT_EQ(neighbours[0].size(), 2U);
  EXPECT_EQ(neighbours[4].size(), 5U);
}

TEST(Neighbours, EqualPicturesComeInOrder) {
  std::vector<Candidate> candidates;
  for (std::size_t i = 0; i < 4; ++i) candidates.push_back({i, std::to_string(i), {}});
  EXPECT_EQ(nearest_neighbours(candidates, 2)[2], (std::vector<std::size_t>{0, 1}));
  EXPECT_TRUE(nearest_neighbours({}, 2).empty());
}

TEST(Curve, KeepsAShortOneWhole) {
  const std::vector<double> values = {-1, 1, 0, 4};
  const QuantisedCurve curve = quantise_curve(values, 64);
  EXPECT_EQ(curve.low, -1);
  EXPECT_EQ(curve.high, 4);
  EXPECT_EQ(curve.levels, (std::vector<std::uint8_t>{0, 102, 51, 255}));
}

TEST(Curve, SamplesALongOneFromFirstToLast) {
  std::vector<double> values(513);
  std::iota(values.begin(), values.end(), 0.0);
  const QuantisedCurve curve = quantise_curve(values, 3);
  EXPECT_EQ(curve.low, 0);
  EXPECT_EQ(curve.high, 512);
  EXPECT_EQ(curve.levels, (std::vector<std::uint8_t>{0, 128, 255}));
}

TEST(Curve, FlatEmptyAndNotFinite) {
  EXPECT_EQ(quantise_curve(std::vector<double>{2, 2}, 64).levels, (std::vector<std::uint8_t>{0, 0}));
  EXPECT_TRUE(quantise_curve({}, 64).levels.empty());
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  constexpr double infinity = std::numeric_limits<double>::infinity();
  EXPECT_EQ(quantise_curve(std::vector<double>{0, nan, 1, -infinity}, 64).levels,
            (std::vector<std::uint8_t>{0, 255}));
}

TEST(Keys, AreUnique) {
  const std::vector<RenderOptions> jobs = {channel_job("mixed4a", 3), channel_job("mixed4a", 3, -1),
                                           channel_job("mixed4a", 4, 1, 7), channel_job("mixed4a", 4, 1, 8),
                                           channel_job("mixed4a", 4, 1, 8)};
  EXPECT_EQ(picture_keys(jobs), (std::vector<std::string>{"mixed4a:3", "-mixed4a:3", "mixed4a:4~7",
                                                          "mixed4a:4~8", "mixed4a:4~8~2"}));
  EXPECT_EQ(subject(jobs[0]), "mixed4a:3");
  EXPECT_EQ(subject(jobs[1]), "mixed4a:3");
}

}  // namespace
}  // namespace limpid::testing
