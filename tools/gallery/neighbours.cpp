#include "tools/gallery/neighbours.h"

#include <algorithm>
#include <cmath>
#include <numeric>

namespace limpid {
namespace {

/// Features that hardly vary are not blown up to weigh as much as those that do.
constexpr double kLeastDeviation = 0.02;

/// Mean 0 and deviation 1 over all candidates, scaled so that colours and edges weigh the same; unit length.
std::vector<Descriptor> standardised(const std::vector<Candidate>& candidates) {
  const auto count = static_cast<double>(candidates.size());
  std::vector<Descriptor> result(candidates.size());
  for (std::size_t feature = 0; feature < std::tuple_size_v<Descriptor>; ++feature) {
    double sum = 0;
    double squares = 0;
    for (const Candidate& candidate : candidates) {
      const double value = static_cast<double>(candidate.descriptor[feature]);
      sum += value;
      squares += value * value;
    }
    const double mean = sum / count;
    const double deviation = std::sqrt(std::max(0.0, squares / count - mean * mean));
    const auto features = static_cast<double>(feature < kColourFeatures ? kColourFeatures : kEdgeFeatures);
    const double scale = 1 / (std::max(deviation, kLeastDeviation) * std::sqrt(features));
    for (std::size_t i = 0; i < candidates.size(); ++i) {
      const double value = static_cast<double>(candidates[i].descriptor[feature]);
      result[i][feature] = static_cast<float>((value - mean) * scale);
    }
  }
  for (Descriptor& descriptor : result) {
    const float length =
        std::sqrt(std::inner_product(descriptor.begin(), descriptor.end(), descriptor.begin(), 0.0F));
    if (length == 0) continue;
    for (float& value : descriptor) value /= length;
  }
  return result;
}

}  // namespace

std::vector<std::vector<std::size_t>> nearest_neighbours(const std::vector<Candidate>& candidates,
                                                         std::size_t count) {
  struct Other {
    std::size_t index = 0;
    float cosine = 0;
  };
  const auto nearer = [](const Other& a, const Other& b) {
    return a.cosine != b.cosine ? a.cosine > b.cosine : a.index < b.index;
  };
  const std::vector<Descriptor> descriptors = standardised(candidates);
  std::vector<std::vector<std::size_t>> result(candidates.size());
  std::vector<Other> others;
  for (std::size_t i = 0; i < candidates.size(); ++i) {
    others.clear();
    for (std::size_t j = 0; j < candidates.size(); ++j) {
      if (candidates[j].subject == candidates[i].subject) continue;
      const float cosine =
          std::inner_product(descriptors[i].begin(), descriptors[i].end(), descriptors[j].begin(), 0.0F);
      others.push_back({candidates[j].index, cosine});
    }
    const std::size_t kept = std::min(count, others.size());
    std::partial_sort(others.begin(), others.begin() + static_cast<std::ptrdiff_t>(kept), others.end(),
                      nearer);
    for (std::size_t k = 0; k < kept; ++k) result[i].push_back(others[k].index);
  }
  return result;
}

}  // namespace limpid
