#include "engine/atlas/row_products.h"

#include <algorithm>
#include <cmath>
#include <cstdint>
#include <utility>

#include "engine/dissection/rotation.h"
#include "kernels/core/error.h"
#include "kernels/core/parallel.h"

namespace limpid {
namespace {

/// Rows of a block: of the widest layer's 1024 channels they take 256 KiB, half of a core's second cache.
constexpr std::size_t kBlockRows = 64;

std::vector<float> unit_rows(std::span<const float> rows, std::size_t channels) {
  std::vector<float> unit(rows.begin(), rows.end());
  for (std::size_t begin = 0; channels > 0 && begin + channels <= unit.size(); begin += channels) {
    const std::span<float> row(unit.data() + begin, channels);
    double squares = 0;
    for (const float value : row) squares += double{value} * double{value};
    if (!(squares > 0)) continue;
    for (float& value : row) value = static_cast<float>(value / std::sqrt(squares));
  }
  return unit;
}

}  // namespace

RowProducts::RowProducts(std::span<const float> rows, std::size_t channels)
    : channels_(channels),
      count_(channels == 0 ? 0 : rows.size() / channels),
      rows_(rows.begin(), rows.end()) {
  if (count_ == 0 || rows.size() != count_ * channels)
    fail_usage("{} numbers are no vectors of {}", rows.size(), channels);
  const std::size_t blocks = (count_ + kBlockRows - 1) / kBlockRows;
  blocks_.resize(blocks * kBlockRows * channels);
  for (std::size_t row = 0; row < count_; ++row) {
    float* block = blocks_.data() + row / kBlockRows * kBlockRows * channels;
    for (std::size_t c = 0; c < channels; ++c)
      block[c * kBlockRows + row % kBlockRows] = rows[row * channels + c];
  }
}

RowProducts RowProducts::of_unit_rows(std::span<const float> rows, std::size_t channels) {
  return RowProducts(unit_rows(rows, channels), channels);
}

void RowProducts::for_each_row(
    const Stream& stream,
    const std::function<void(std::size_t row, std::span<const float> products)>& visit) const {
  constexpr std::size_t together = kTurnedDirections;
  const std::size_t block_values = kBlockRows * channels_, blocks = blocks_.size() / block_values;
  const std::size_t width = blocks * kBlockRows;
  std::vector<std::vector<float>> scratch(static_cast<std::size_t>(stream.threads()));
  for (std::vector<float>& one : scratch) one.resize(together * (width + kBlockRows));
  const auto groups = static_cast<std::int64_t>((count_ + together - 1) / together);
  parallel_for_worker(stream, groups, [&](std::int64_t group, int worker) {
    const std::size_t first = static_cast<std::size_t>(group) * together;
    const std::size_t some = std::min(together, count_ - first);
    const std::span<const float> rows(rows_.data() + first * channels_, some * channels_);
    const std::span<float> products(scratch[static_cast<std::size_t>(worker)]);
    const std::span<float> turned = products.last(together * kBlockRows);
    for (std::size_t block = 0; block < blocks; ++block) {
      turn_maps(rows, static_cast<int>(channels_), {blocks_.data() + block * block_values, block_values},
                turned);
      for (std::size_t i = 0; i < some; ++i)
        std::ranges::copy(turned.subspan(i * kBlockRows, kBlockRows),
                          products.begin() + static_cast<std::ptrdiff_t>(i * width + block * kBlockRows));
    }
    for (std::size_t i = 0; i < some; ++i) visit(first + i, products.subspan(i * width, count_));
  });
}

}  // namespace limpid
