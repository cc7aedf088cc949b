#include "engine/atlas/principal_plane.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstdint>
#include <utility>

#include "kernels/core/parallel.h"

namespace limpid {
namespace {

constexpr int kIterations = 100;

/// Rows whose sums are taken together, by one thread: their number decides the order of sums.
constexpr std::size_t kChunk = 512;

double dot(std::span<const double> a, std::span<const double> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

/// At length 1, less its part along `other`.
void make_unit(std::vector<double>& vector, const std::vector<double>* other) {
  if (other != nullptr) {
    const double along = dot(vector, *other);
    for (std::size_t c = 0; c < vector.size(); ++c) vector[c] -= along * (*other)[c];
  }
  const double length = std::sqrt(dot(vector, vector));
  for (double& value : vector) value = length > 0 ? value / length : 0;
}

class CentredRows {
 public:
  CentredRows(std::span<const float> rows, std::size_t channels)
      : channels_(channels), count_(rows.size() / channels), values_(rows.begin(), rows.end()) {
    std::vector<double> mean(channels, 0);
    for (std::size_t i = 0; i < count_; ++i) {
      const double length = std::sqrt(dot(row(i), row(i)));
      for (std::size_t c = 0; c < channels; ++c) {
        double& value = values_[i * channels + c];
        value = length > 0 ? value / length : 0;
        mean[c] += value / static_cast<double>(count_);
      }
    }
    for (std::size_t i = 0; i < values_.size(); ++i) values_[i] -= mean[i % channels];
  }

  std::size_t count() const { return count_; }
  std::span<const double> row(std::size_t i) const { return {values_.data() + i * channels_, channels_}; }

  /// The covariance, times the count, by a vector.
  std::vector<double> times(const std::vector<double>& vector, const Stream& stream) const {
    const std::size_t chunks = (count_ + kChunk - 1) / kChunk;
    std::vector<std::vector<double>> sums(chunks, std::vector<double>(channels_, 0));
    parallel_for(stream, static_cast<std::int64_t>(chunks), [&](std::int64_t index) {
      const auto chunk = static_cast<std::size_t>(index);
      for (std::size_t i = chunk * kChunk; i < std::min(count_, (chunk + 1) * kChunk); ++i) {
        const std::span<const double> values = row(i);
        const double component = dot(values, vector);
        for (std::size_t c = 0; c < channels_; ++c) sums[chunk][c] += component * values[c];
      }
    });
    for (std::size_t chunk = 1; chunk < chunks; ++chunk) {
      for (std::size_t c = 0; c < channels_; ++c) sums[0][c] += sums[chunk][c];
    }
    return std::move(sums[0]);
  }

 private:
  std::size_t channels_, count_;
  std::vector<double> values_;
};

}  // namespace

std::vector<float> principal_plane(std::span<const float> rows, std::size_t channels, const Stream& stream) {
  const CentredRows centred(rows, channels);
  std::array<std::vector<double>, 2> axes;
  // Of no symmetry that an eigenvector could have.
  for (std::size_t axis = 0; axis < axes.size(); ++axis) {
    for (std::size_t c = 0; c < channels; ++c)
      axes[axis].push_back(std::sin(static_cast<double>((axis + 1) * (c + 1))));
  }
  make_unit(axes[0], nullptr);
  make_unit(axes[1], &axes[0]);
  for (int iteration = 0; iteration < kIterations; ++iteration) {
    for (std::vector<double>& axis : axes) axis = centred.times(axis, stream);
    make_unit(axes[0], nullptr);
    make_unit(axes[1], &axes[0]);
  }
  for (std::vector<double>& axis : axes) {
    const double largest = *std::ranges::max_element(axis, {}, [](double value) { return std::abs(value); });
    if (largest < 0) std::ranges::for_each(axis, [](double& value) { value = -value; });
  }
  std::vector<float> plane;
  for (std::size_t i = 0; i < centred.count(); ++i) {
    for (const std::vector<double>& axis : axes)
      plane.push_back(static_cast<float>(dot(centred.row(i), axis)));
  }
  return plane;
}

}  // namespace limpid
