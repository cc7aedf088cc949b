#include "engine/dissection/rotation.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstddef>

#include "kernels/core/parallel.h"
#include "kernels/core/philox.h"

namespace limpid {
namespace {

/// Eight sums, so that they are taken side by side.
double product(std::span<const double> a, std::span<const double> b) {
  std::array<double, 8> sums{};
  std::size_t i = 0;
  for (; i + 8 <= a.size(); i += 8) {
    for (std::size_t k = 0; k < 8; ++k) sums[k] += a[i + k] * b[i + k];
  }
  for (std::size_t k = 0; i < a.size(); ++i, ++k) sums[k] += a[i] * b[i];
  double sum = 0;
  for (const double part : sums) sum += part;
  return sum;
}

/// Each row without its parts along those before it, and of length 1 (modified Gram-Schmidt).
void make_orthonormal(const Stream& stream, std::span<double> rows, std::size_t size) {
  const auto row = [&](std::size_t i) { return rows.subspan(i * size, size); };
  for (std::size_t done = 0; done < size; ++done) {
    const std::span<double> unit = row(done);
    const double length = std::sqrt(product(unit, unit));
    for (double& value : unit) value /= length;
    parallel_for(stream, static_cast<std::int64_t>(size - done - 1), [&](std::int64_t index) {
      const std::span<double> other = row(done + 1 + static_cast<std::size_t>(index));
      const double along = product(unit, other);
      for (std::size_t i = 0; i < size; ++i) other[i] -= along * unit[i];
    });
  }
}

/// Positions whose sums are in registers at a time.
constexpr std::size_t kTile = 8;

template <std::size_t kDirections>
void turn_tile(std::span<const float> rows, std::size_t channels, const float* maps, std::size_t positions,
               std::size_t count, float* turned) {
  std::array<std::array<float, kTile>, kDirections> sums{};
  for (std::size_t c = 0; c < channels; ++c) {
    const float* map = maps + c * positions;
    for (std::size_t d = 0; d < kDirections; ++d) {
      const float factor = rows[d * channels + c];
      // A tile that is whole has a count that the compiler knows.
      if (count == kTile) {
        for (std::size_t p = 0; p < kTile; ++p) sums[d][p] += factor * map[p];
      } else {
        for (std::size_t p = 0; p < count; ++p) sums[d][p] += factor * map[p];
      }
    }
  }
  for (std::size_t d = 0; d < kDirections; ++d) std::copy_n(sums[d].begin(), count, turned + d * positions);
}

}  // namespace

std::vector<float> random_rotation(int channels, std::uint64_t seed, std::uint32_t number,
                                   const Stream& stream) {
  const auto size = static_cast<std::size_t>(channels);
  std::vector<double> rows;
  rows.reserve(size * size + 3);
  for (std::uint32_t block = 0; rows.size() < size * size; ++block) {
    const PhiloxBlock bits =
        philox4x32_10({{block, number, static_cast<std::uint32_t>(channels), 0}},
                      static_cast<std::uint32_t>(seed), static_cast<std::uint32_t>(seed >> 32));
    for (const auto& [first, second] :
         {normal_pair(bits.word[0], bits.word[1]), normal_pair(bits.word[2], bits.word[3])}) {
      rows.push_back(double{first});
      rows.push_back(double{second});
    }
  }
  rows.resize(size * size);
  for (int time = 0; time < 2; ++time) make_orthonormal(stream, rows, size);
  std::vector<float> rotation(rows.size());
  std::ranges::transform(rows, rotation.begin(), [](double value) { return static_cast<float>(value); });
  return rotation;
}

void turn_maps(std::span<const float> rows, int channels, std::span<const float> maps,
               std::span<float> turned) {
  const auto size = static_cast<std::size_t>(channels);
  const std::size_t directions = rows.size() / size, positions = maps.size() / size;
  for (std::size_t first = 0; first < positions; first += kTile) {
    const std::size_t count = std::min(kTile, positions - first);
    if (directions == kTurnedDirections) {
      turn_tile<kTurnedDirections>(rows, size, maps.data() + first, positions, count, turned.data() + first);
    } else {
      for (std::size_t d = 0; d < directions; ++d)
        turn_tile<1>(rows.subspan(d * size, size), size, maps.data() + first, positions, count,
                     turned.data() + d * positions + first);
    }
  }
}

}  // namespace limpid
