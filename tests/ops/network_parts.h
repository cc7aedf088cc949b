// What the cases of the network's operations share.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "tests/ops/op_case.h"

namespace limpid::test {

/// The values of `count` maps, one after the other: map(operands, image).
template <class F>
OpCase::Definition by_image(int count, const F& map) {
  return [=](const Operands& m) {
    std::vector<double> all;
    for (int n = 0; n < count; ++n) {
      const reference::Map one = map(m, n);
      all.insert(all.end(), one.values.begin(), one.values.end());
    }
    return all;
  };
}

/// How a gradient is written: over what is there or not, masked or not.
struct Writing {
  bool accumulate = false, mask = false;

  Role role() const { return accumulate ? Role::in_place : Role::output; }
  std::string text() const { return std::string(accumulate ? "_added" : "") + (mask ? "_masked" : ""); }
  Tensor relu_output(Operands& m, const ActivationShape& shape) const {
    return mask ? m.tensor("relu_output", Role::input, shape, rectified()) : Tensor{};
  }
  /// The gradient of image n, as it is to be written.
  reference::Map written(reference::Map gradient, const Operands& m, int n) const {
    if (accumulate) reference::accumulate(gradient, m.map_before("dx", n));
    if (mask)
      gradient = reference::masked(gradient, reference::positive_mask(m.map_before("relu_output", n)));
    return gradient;
  }
};
inline constexpr Writing kWritings[] = {{false, false}, {true, false}, {false, true}, {true, true}};

/// A shape and the same beside other channels.
inline ActivationShape elsewhere(ActivationShape shape) {
  std::swap(shape.surround.before, shape.surround.after);
  return shape;
}

struct NamedShape {
  const char* name;
  ActivationShape shape;
};
inline const std::vector<NamedShape> kShapes = {{"pixel", {1, 8, 1, 1}},
                                                {"odd", {3, 24, 7, 5}},
                                                {"wide", {2, 208, 3, 9}},
                                                {"slice", {2, 16, 5, 4, Layout::nchw8c, {1, 2}}},
                                                {"nhwc_slice", {2, 24, 6, 5, Layout::nhwc, {2, 0}}}};

}  // namespace limpid::test
