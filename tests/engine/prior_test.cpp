// Priors: fitted to pictures whose statistics are known, written, read, and refused.
#include <gtest/gtest.h>

#include <cmath>
#include <complex>
#include <fstream>
#include <functional>
#include <iterator>
#include <numbers>
#include <random>

#include "engine/image/prior_file.h"
#include "kernels/core/error.h"
#include "tests/weights/support.h"
#include "weights/hdf5_handle.h"

namespace limpid::prior_test {
namespace {

using testing::expect_input_error;
using testing::TemporaryFolder;

Image noise(int height, int width, unsigned seed) {
  std::mt19937 random(seed);
  std::uniform_real_distribution<float> uniform(0, 0.3F);
  Image image{height, width, {}};
  for (int i = 0; i < height * width; ++i) {
    const float a = uniform(random), b = uniform(random), c = uniform(random);
    image.rgb.insert(image.rgb.end(), {0.1F + a + b, 0.2F + a + 0.5F * c, 0.3F + 2 * a});
  }
  return image;
}

TEST(ColourStatistics, AreThoseOfAllPixels) {
  const Image first = noise(7, 9, 1), second = noise(20, 3, 2);
  ColourStatistics statistics;
  statistics.add(first);
  statistics.add(second);
  std::vector<float> all = first.rgb;
  all.insert(all.end(), second.rgb.begin(), second.rgb.end());
  const double count = static_cast<double>(all.size()) / 3;
  double mean[3] = {};
  for (std::size_t i = 0; i < all.size(); ++i) mean[i % 3] += static_cast<double>(all[i]) / count;
  const auto covariance = statistics.covariance();
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t b = 0; b < 3; ++b) {
      double expected = 0;
      for (std::size_t i = 0; i < all.size(); i += 3) {
        expected +=
            (static_cast<double>(all[i + a]) - mean[a]) * (static_cast<double>(all[i + b]) - mean[b]) / count;
      }
      EXPECT_NEAR(covariance[a][b], expected, 1e-12);
    }
  }
  const ColourBasis basis = statistics.basis();
  for (std::size_t a = 0; a < 3; ++a) EXPECT_NEAR(basis.mean[a], mean[a], 1e-6);
  // Lower triangular, its square the covariance up to a factor, its longest column 1.
  EXPECT_EQ(basis.matrix[0][1], 0);
  EXPECT_EQ(basis.matrix[0][2], 0);
  EXPECT_EQ(basis.matrix[1][2], 0);
  double longest = 0, factor = 0;
  for (std::size_t column = 0; column < 3; ++column) {
    longest = std::max(longest, std::hypot(static_cast<double>(basis.matrix[0][column]),
                                           static_cast<double>(basis.matrix[1][column]),
                                           static_cast<double>(basis.matrix[2][column])));
  }
  EXPECT_NEAR(longest, 1, 1e-6);
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t b = 0; b < 3; ++b) {
      double square = 0;
      for (std::size_t k = 0; k < 3; ++k) {
        square += static_cast<double>(basis.matrix[a][k]) * static_cast<double>(basis.matrix[b][k]);
      }
      if (factor == 0) factor = square / covariance[a][b];
      EXPECT_NEAR(square, factor * covariance[a][b], 1e-6);
    }
  }
}

TEST(ColourStatistics, OfGrayPicturesGiveNoMatrix) {
  Image gray = noise(5, 5, 3);
  for (std::size_t i = 0; i < gray.rgb.size(); i += 3) gray.rgb[i + 1] = gray.rgb[i + 2] = gray.rgb[i];
  ColourStatistics statistics;
  statistics.add(gray);
  expect_input_error({"three dimensions", "gray"}, [&] { statistics.basis(); });
}

TEST(MagnitudeStatistics, AreMeansOfTheDefinition) {
  constexpr int kHeight = 5, kWidth = 6, kColumns = 4;
  ColourBasis basis;
  basis.matrix = {{{2, 0, 0}, {1, 1, 0}, {0, 0.5F, 0.25F}}};
  MagnitudeStatistics statistics(basis, kHeight, kWidth);
  std::vector<double> expected(3 * kHeight * kColumns);
  for (const unsigned seed : {4U, 5U, 6U}) {
    const Image image = noise(kHeight, kWidth, seed);
    statistics.add(image);
    for (int ky = 0; ky < kHeight; ++ky) {
      for (int kx = 0; kx < kColumns; ++kx) {
        std::complex<double> sum[3];
        for (int y = 0; y < kHeight; ++y) {
          for (int x = 0; x < kWidth; ++x) {
            const float* rgb = image.rgb.data() + 3 * (y * kWidth + x);
            const double r = rgb[0], g = rgb[1], b = rgb[2];
            // The matrix solved forwards.
            const double l0 = r / 2, l1 = g - l0, l2 = (b - 0.5 * l1) / 0.25;
            const double angle =
                -2 * std::numbers::pi *
                (static_cast<double>(ky * y) / kHeight + static_cast<double>(kx * x) / kWidth);
            const std::complex<double> turn = std::polar(1.0, angle);
            sum[0] += l0 * turn;
            sum[1] += l1 * turn;
            sum[2] += l2 * turn;
          }
        }
        for (int c = 0; c < 3; ++c) {
          expected[static_cast<std::size_t>((c * kHeight + ky) * kColumns + kx)] += std::abs(sum[c]) / 3;
        }
      }
    }
  }
  const std::vector<float> mean = statistics.mean();
  ASSERT_EQ(mean.size(), expected.size());
  // Thirty terms of up to 5.
  for (std::size_t i = 0; i < mean.size(); ++i) EXPECT_NEAR(mean[i], expected[i], 1e-4) << i;
}

Prior sample() {
  Prior prior;
  prior.pictures = 3;
  prior.covariance = {{{0.05F, 0.04F, 0.03F}, {0.04F, 0.06F, 0.02F}, {0.03F, 0.02F, 0.07F}}};
  prior.colours.matrix = {{{0.8F, 0, 0}, {0.4F, 0.7F, 0}, {0.3F, 0.1F, 0.6F}}};
  prior.colours.mean = {0.5F, 0.4F, 0.3F};
  prior.height = 5;
  prior.width = 7;
  for (int i = 0; i < 3 * 5 * 4; ++i) prior.magnitude.push_back(static_cast<float>(i) / 7);
  return prior;
}

std::string bytes_of(const std::filesystem::path& path) {
  std::ifstream file(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

TEST(PriorFile, ComesBackAndHasTheSameBytesEachTime) {
  const TemporaryFolder folder;
  const Prior prior = sample();
  write_prior(prior, folder / "a.h5");
  write_prior(prior, folder / "b.h5");
  EXPECT_EQ(bytes_of(folder / "a.h5"), bytes_of(folder / "b.h5"));
  const Prior back = read_prior(folder / "a.h5");
  EXPECT_EQ(back.pictures, prior.pictures);
  EXPECT_EQ(back.covariance, prior.covariance);
  EXPECT_EQ(back.colours.matrix, prior.colours.matrix);
  EXPECT_EQ(back.colours.mean, prior.colours.mean);
  EXPECT_EQ(back.height, prior.height);
  EXPECT_EQ(back.width, prior.width);
  EXPECT_EQ(back.magnitude, prior.magnitude);
}

TEST(PriorFile, WhatIsWrongIsNamed) {
  const TemporaryFolder folder;
  const auto expect_refused = [&](const std::function<void(Prior&)>& spoil, const std::string& said) {
    Prior prior = sample();
    spoil(prior);
    write_prior(prior, folder / "bad.h5");
    expect_input_error({"bad.h5", said}, [&] { read_prior(folder / "bad.h5"); });
  };
  expect_refused([](Prior& p) { p.magnitude[9] = -1; }, "magnitude holds -1");
  expect_refused([](Prior& p) { p.magnitude[9] = std::nanf(""); },
                 "'magnitude' holds values that are not finite");
  expect_refused([](Prior& p) { p.colours.mean[1] = 2; }, "colour_mean holds 2");
  expect_refused([](Prior& p) { p.colours.matrix[2] = p.colours.matrix[1]; }, "no inverse");
  expect_refused([](Prior& p) { p.width = 0; }, "a width of 0");
  write_prior(sample(), folder / "good.h5");
  const std::string good = bytes_of(folder / "good.h5");
  {
    const Hdf5Handle file(H5Fopen((folder / "good.h5").c_str(), H5F_ACC_RDWR, H5P_DEFAULT), H5Fclose);
    ASSERT_GE(H5Ldelete(file.get(), "colour_mean", H5P_DEFAULT), 0);
  }
  expect_input_error({"good.h5", "'colour_mean' is missing"}, [&] { read_prior(folder / "good.h5"); });
  std::ofstream(folder / "cut.h5", std::ios::binary) << good.substr(0, good.size() / 2);
  expect_input_error({"cut.h5"}, [&] { read_prior(folder / "cut.h5"); });
  std::ofstream(folder / "noise.h5", std::ios::binary) << "no file of the kind at all";
  expect_input_error({"noise.h5", "not an HDF5 file"}, [&] { read_prior(folder / "noise.h5"); });
  expect_input_error({"none.h5", "does not exist"}, [&] { read_prior(folder / "none.h5"); });
}

}  // namespace
}  // namespace limpid::prior_test
