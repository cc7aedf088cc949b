#include "engine/examples/farthest_first.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace limpid {
namespace {

double inner_product(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

double cosine_of(const std::vector<float>& a, const std::vector<float>& b) {
  return inner_product(a, b) / std::sqrt(inner_product(a, a) * inner_product(b, b));
}

}  // namespace

std::vector<std::size_t> farthest_first(std::span<const std::vector<float>> vectors, std::size_t count) {
  std::vector<std::size_t> chosen;
  // Of each vector the largest cosine to a chosen one. What is chosen is nearest to itself, whatever the rounding.
  std::vector<double> nearest(vectors.size(), -std::numeric_limits<double>::infinity());
  while (chosen.size() < std::min(count, vectors.size())) {
    const std::size_t next =
        static_cast<std::size_t>(std::min_element(nearest.begin(), nearest.end()) - nearest.begin());
    chosen.push_back(next);
    for (std::size_t i = 0; i < vectors.size(); ++i)
      nearest[i] = std::max(nearest[i], cosine_of(vectors[i], vectors[next]));
    nearest[next] = std::numeric_limits<double>::infinity();
  }
  return chosen;
}

}  // namespace limpid
