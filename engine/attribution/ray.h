// The straight way from one map to another, and what an objective does along it.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "engine/attribution/path_integral.h"
#include "engine/attribution/tail.h"

namespace limpid {

/// x(t) = from + t (to - from). Its elements are those in which the ends differ: the others have no part in the
/// change.
class Ray final : public RayFunction {
 public:
  /// Both of the tail's map. Keeps references to all three.
  Ray(Tail& tail, const std::vector<float>& from, const std::vector<float>& to);

  std::size_t size() const override { return moving_.size(); }
  void evaluate(std::span<const double> t, std::span<double> values,
                std::span<std::vector<float>> slopes) override;

  /// What elements have, at their places in the map; zero elsewhere.
  std::vector<float> spread(std::span<const double> parts) const;

 private:
  Tail& tail_;
  const std::vector<float>& from_;
  const std::vector<float>& to_;
  std::vector<std::size_t> moving_;  ///< Places in the map.
};

}  // namespace limpid
