#include "engine/attribution/ray.h"

namespace limpid {

Ray::Ray(Tail& tail, const std::vector<float>& from, const std::vector<float>& to)
    : tail_(tail), from_(from), to_(to) {
  for (std::size_t i = 0; i < to.size(); ++i) {
    if (to[i] != from[i]) moving_.push_back(i);
  }
}

void Ray::evaluate(std::span<const double> t, std::span<double> values,
                   std::span<std::vector<float>> slopes) {
  tail_.evaluate(
      t.size(),
      [&](std::size_t i, std::span<float> point) {
        // Exact at both ends.
        for (std::size_t j = 0; j < point.size(); ++j)
          point[j] = static_cast<float>((1 - t[i]) * double{from_[j]} + t[i] * double{to_[j]});
      },
      [&](std::size_t i, double value, std::span<const float> gradient) {
        values[i] = value;
        slopes[i].resize(moving_.size());
        for (std::size_t j = 0; j < moving_.size(); ++j) {
          const std::size_t at = moving_[j];
          slopes[i][j] = static_cast<float>(double{gradient[at]} * (double{to_[at]} - double{from_[at]}));
        }
      });
}

std::vector<float> Ray::spread(std::span<const double> parts) const {
  std::vector<float> map(to_.size());
  for (std::size_t j = 0; j < moving_.size(); ++j) map[moving_[j]] = static_cast<float>(parts[j]);
  return map;
}

}  // namespace limpid
