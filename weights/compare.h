// How far two models are apart.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "weights/model.h"

namespace limpid {

/// How far b is from a, of the same number of values.
struct Difference {
  double max_abs = 0;      ///< Largest |b_i - a_i|.
  double relative_l2 = 0;  ///< |b - a| / |a|; 0 where both are zero, infinite where only a is.
  bool equal = true;       ///< Bit for bit, but that 0 equals -0.

  /// False, too, where a value is no number.
  bool within(double tolerance) const { return relative_l2 <= tolerance; }
};

/// Throws std::invalid_argument for different numbers of values.
Difference difference(std::span<const float> a, std::span<const float> b);

/// A tensor of two models.
struct TensorComparison {
  std::string name;  ///< "conv2d0.weight", "conv2d0.bias".
  std::string shape_a, shape_b;
  Difference difference;  ///< Infinite where the shapes differ.

  bool same_shape() const { return shape_a == shape_b; }
};

/// Every tensor, in forward order.
std::vector<TensorComparison> compare_tensors(const Model& a, const Model& b);

/// A rule that two models do not share.
struct RuleComparison {
  std::string name;  ///< As in the weights file: "padding".
  std::string a, b;  ///< "caffe"; "none" where a model has no such rule.
};

/// The rules that change what a network computes of a picture: padding, pools, LRN, input. Not the labels,
/// nor where the weights came from.
std::vector<RuleComparison> compare_rules(const Model& a, const Model& b);

}  // namespace limpid
