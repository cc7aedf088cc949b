#include "engine/atlas/trustworthiness.h"

#include <algorithm>
#include <cstdint>
#include <numeric>
#include <vector>

#include "kernels/core/error.h"

namespace limpid {
namespace {

/// The `each` vectors nearest to one of a layout.
std::vector<std::uint32_t> nearest_in_plane(std::span<const float> layout, std::size_t vector,
                                            std::size_t each) {
  std::vector<float> distance;
  for (std::size_t i = 0; i < layout.size(); i += 2) {
    const float x = layout[i] - layout[2 * vector], y = layout[i + 1] - layout[2 * vector + 1];
    distance.push_back(x * x + y * y);
  }
  std::vector<std::uint32_t> order(distance.size());
  std::iota(order.begin(), order.end(), 0U);
  order.erase(order.begin() + static_cast<std::ptrdiff_t>(vector));
  std::partial_sort(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(each), order.end(),
                    [&](std::uint32_t a, std::uint32_t b) {
                      return distance[a] != distance[b] ? distance[a] < distance[b] : a < b;
                    });
  order.resize(each);
  return order;
}

}  // namespace

double trustworthiness(const RowProducts& vectors, std::span<const float> layout, std::size_t each,
                       const Stream& stream) {
  const std::size_t count = vectors.count();
  if (layout.size() != 2 * count)
    fail_usage("a layout of {} numbers of {} vectors in the plane", layout.size(), count);
  if (each < 1 || 2 * each >= count)
    fail_usage("trustworthiness among {} neighbours of {} vectors: ask for 1 to less than half", each, count);
  std::vector<std::size_t> beyond(count, 0);
  vectors.for_each_row(stream, [&](std::size_t row, std::span<const float> products) {
    for (const std::uint32_t other : nearest_in_plane(layout, row, each)) {
      std::size_t rank = 1;
      for (std::size_t i = 0; i < count; ++i) {
        const bool before = products[i] != products[other] ? products[i] > products[other] : i < other;
        if (i != row && before) ++rank;
      }
      if (rank > each) beyond[row] += rank - each;
    }
  });
  const auto n = static_cast<double>(count), k = static_cast<double>(each);
  const auto sum = static_cast<double>(std::accumulate(beyond.begin(), beyond.end(), std::size_t{0}));
  return 1 - 2 / (n * k * (2 * n - 3 * k - 1)) * sum;
}

}  // namespace limpid
