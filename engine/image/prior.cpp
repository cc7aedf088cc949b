#include "engine/image/prior.h"

#include <algorithm>
#include <cmath>

#include "engine/image/colours.h"
#include "kernels/core/error.h"
#include "kernels/fft/fft.h"

namespace limpid {
namespace {

using Matrix = std::array<std::array<double, 3>, 3>;

/// A pivot below this share of the largest variance is rounding, not colour.
constexpr double kLeastPivot = 1e-9;

Matrix cholesky(const Matrix& covariance) {
  const double largest = std::max({covariance[0][0], covariance[1][1], covariance[2][2]});
  Matrix factor{};
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j <= i; ++j) {
      double rest = covariance[i][j];
      for (std::size_t k = 0; k < j; ++k) rest -= factor[i][k] * factor[j][k];
      if (i != j) {
        factor[i][j] = rest / factor[j][j];
        continue;
      }
      if (!(rest > kLeastPivot * largest)) {
        fail_input(
            "the pictures' colours do not vary in three dimensions (are they gray?): no colour matrix");
      }
      factor[i][i] = std::sqrt(rest);
    }
  }
  return factor;
}

}  // namespace

void ColourStatistics::add(const Image& image) {
  // Per picture first, so that small additions do not drown in large sums.
  std::array<double, 3> sum{};
  Matrix products{};
  for (std::size_t i = 0; i + 2 < image.rgb.size(); i += 3) {
    for (std::size_t a = 0; a < 3; ++a) {
      const auto value = static_cast<double>(image.rgb[i + a]);
      sum[a] += value;
      for (std::size_t b = 0; b <= a; ++b) products[a][b] += value * static_cast<double>(image.rgb[i + b]);
    }
  }
  count_ += static_cast<double>(image.rgb.size() / 3);
  for (std::size_t a = 0; a < 3; ++a) {
    sum_[a] += sum[a];
    for (std::size_t b = 0; b <= a; ++b) products_[a][b] += products[a][b];
  }
}

Matrix ColourStatistics::covariance() const {
  Matrix covariance{};
  for (std::size_t a = 0; a < 3; ++a) {
    for (std::size_t b = 0; b <= a; ++b) {
      covariance[a][b] = covariance[b][a] = products_[a][b] / count_ - sum_[a] / count_ * sum_[b] / count_;
    }
  }
  return covariance;
}

ColourBasis ColourStatistics::basis() const {
  const Matrix factor = cholesky(covariance());
  double longest = 0;
  for (std::size_t column = 0; column < 3; ++column) {
    longest = std::max(longest, std::hypot(factor[0][column], factor[1][column], factor[2][column]));
  }
  ColourBasis basis;
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t column = 0; column < 3; ++column) {
      basis.matrix[row][column] = static_cast<float>(factor[row][column] / longest);
    }
    basis.mean[row] = static_cast<float>(sum_[row] / count_);
  }
  return basis;
}

MagnitudeStatistics::MagnitudeStatistics(const ColourBasis& colours, int height, int width)
    : colours_(colours),
      height_(height),
      width_(width),
      sum_(std::size_t{3} * static_cast<std::size_t>(height) * static_cast<std::size_t>(width / 2 + 1)) {}

void MagnitudeStatistics::add(const Image& image) {
  if (image.height != height_ || image.width != width_) {
    fail_usage("a picture of {}x{} for spectra of {}x{}", image.height, image.width, height_, width_);
  }
  ColourRule rule;
  rule.squash = Squash::clip;  // Whose inverse is none.
  for (std::size_t row = 0; row < 3; ++row) {
    std::copy_n(colours_.matrix[row].begin(), 3, rule.matrix.value[row]);
  }
  const std::vector<float> latent = latent_of_photo(image, rule, false);
  std::vector<float> spectrum(2 * sum_.size());
  cpu::make_fft_plan({3, height_, width_})->inverse_adjoint({}, latent.data(), spectrum.data());
  const auto columns = static_cast<std::size_t>(width_ / 2 + 1);
  for (std::size_t i = 0; i < sum_.size(); ++i) {
    // The adjoint counts the columns that stand for two twice.
    const std::size_t column = i % columns;
    const double weight = column == 0 || 2 * column == static_cast<std::size_t>(width_) ? 1 : 2;
    sum_[i] +=
        std::hypot(static_cast<double>(spectrum[2 * i]), static_cast<double>(spectrum[2 * i + 1])) / weight;
  }
  ++count_;
}

std::vector<float> MagnitudeStatistics::mean() const {
  std::vector<float> mean;
  mean.reserve(sum_.size());
  for (const double value : sum_) mean.push_back(static_cast<float>(value / count_));
  return mean;
}

}  // namespace limpid
