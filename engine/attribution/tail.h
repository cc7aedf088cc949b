// The part of a network from a layer on: an objective's value at any activations, and its gradient there.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/session/session.h"

namespace limpid {

/// F(x), x a map of channels x height x width: the activations of a layer after its ReLU, or the picture, RGB in
/// [0, 1].
class Tail {
 public:
  /// Points that are computed together.
  static constexpr std::size_t kBatch = 8;

  /// Writes point `i`.
  using Fill = std::function<void(std::size_t i, std::span<float> point)>;
  /// Takes F and its gradient at point `i`. Called in order.
  using Take = std::function<void(std::size_t i, double value, std::span<const float> gradient)>;

  /// `layer` empty: the picture. `map`: 1 x channels x height x width of it. Throws Error{usage} for a layer that is
  /// unknown or none to start at.
  Tail(std::shared_ptr<const Model> model, const std::string& layer, const Extents& map, Objective objective,
       const ComputeOptions& compute);

  /// F at so many points. A point's results are the same whatever points are asked for beside it, to the bit. Throws
  /// Error{usage} for an objective that is not computed from the layer alone, Error{runtime} for a value that is
  /// not finite.
  void evaluate(std::size_t points, const Fill& fill, const Take& take);

  /// F alone, the same to the bit, without a pass back: gradients are empty.
  void evaluate_values(std::size_t points, const Fill& fill, const Take& take);

 private:
  enum class Wanted { values, gradients };

  void evaluate_points(std::size_t points, Wanted wanted, const Fill& fill, const Take& take);
  void evaluate_batch(std::size_t first, std::size_t count, Wanted wanted, const Fill& fill,
                      const Take& take);

  Session session_;
  Objective objective_;
  Extents map_;
  std::size_t size_;  ///< Values of a map.
  std::vector<float> points_, gradients_;
};

}  // namespace limpid
