#include "engine/atlas/nearest_neighbours.h"

#include <algorithm>
#include <numeric>

#include "kernels/core/error.h"

namespace limpid {

Neighbours neighbours_by_product(const RowProducts& vectors, std::size_t each, const Stream& stream) {
  const std::size_t count = vectors.count();
  if (each < 1 || each >= count)
    fail_usage("{} neighbours of each of {} vectors: ask for 1 to {}", each, count, count - 1);
  Neighbours found{each, std::vector<std::uint32_t>(count * each), std::vector<float>(count * each)};
  vectors.for_each_row(stream, [&](std::size_t row, std::span<const float> products) {
    std::vector<std::uint32_t> order(count);
    std::iota(order.begin(), order.end(), 0U);
    order.erase(order.begin() + static_cast<std::ptrdiff_t>(row));
    const auto last = order.begin() + static_cast<std::ptrdiff_t>(each);
    std::partial_sort(order.begin(), last, order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return products[a] != products[b] ? products[a] > products[b] : a < b;
    });
    for (std::size_t i = 0; i < each; ++i) {
      found.other[row * each + i] = order[i];
      found.product[row * each + i] = products[order[i]];
    }
  });
  return found;
}

}  // namespace limpid
