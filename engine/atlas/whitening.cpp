#include "engine/atlas/whitening.h"

#include <algorithm>
#include <cmath>
#include <cstdint>

#include "kernels/core/error.h"
#include "kernels/core/parallel.h"

namespace limpid {
namespace {

/// Rows of S that a thread sums up in one walk over the vectors.
constexpr std::size_t kRows = 8;

}  // namespace

Whitening::Whitening(std::span<const float> vectors, std::size_t channels, const Stream& stream, double ridge)
    : channels_(channels), lower_(channels * channels, 0) {
  const std::size_t count = channels == 0 ? 0 : vectors.size() / channels;
  parallel_for(stream, static_cast<std::int64_t>((channels + kRows - 1) / kRows), [&](std::int64_t block) {
    const std::size_t first = static_cast<std::size_t>(block) * kRows;
    for (std::size_t i = 0; i < count; ++i) {
      const std::span<const float> vector = vectors.subspan(i * channels, channels);
      for (std::size_t row = first; row < std::min(first + kRows, channels); ++row) {
        const double factor = double{vector[row]};
        if (factor == 0) continue;
        for (std::size_t c = 0; c < channels; ++c) lower_[row * channels + c] += factor * double{vector[c]};
      }
    }
  });
  double trace = 0;
  for (double& value : lower_) value /= static_cast<double>(std::max<std::size_t>(count, 1));
  for (std::size_t c = 0; c < channels; ++c) trace += at(c, c);
  if (!std::isfinite(trace))
    fail_usage("{} vectors with values that are not finite have no directions", count);
  if (trace == 0) fail_usage("{} vectors of zeros have no directions", count);
  for (std::size_t c = 0; c < channels; ++c) at(c, c) += ridge * trace / static_cast<double>(channels);
  factorise();
}

void Whitening::factorise() {
  for (std::size_t row = 0; row < channels_; ++row) {
    for (std::size_t column = 0; column <= row; ++column) {
      double rest = at(row, column);
      for (std::size_t k = 0; k < column; ++k) rest -= at(row, k) * at(column, k);
      at(row, column) = column < row ? rest / at(column, column) : std::sqrt(rest);
    }
  }
}

std::vector<float> Whitening::direction(std::span<const float> vector) const {
  std::vector<double> solution(vector.begin(), vector.end());
  for (std::size_t row = 0; row < channels_; ++row) {
    for (std::size_t k = 0; k < row; ++k) solution[row] -= at(row, k) * solution[k];
    solution[row] /= at(row, row);
  }
  for (std::size_t row = channels_; row-- > 0;) {
    for (std::size_t k = row + 1; k < channels_; ++k) solution[row] -= at(k, row) * solution[k];
    solution[row] /= at(row, row);
  }
  double squares = 0;
  for (const double value : solution) squares += value * value;
  std::vector<float> direction;
  for (const double value : solution)
    direction.push_back(static_cast<float>(squares > 0 ? value / std::sqrt(squares) : 0));
  return direction;
}

}  // namespace limpid
