// Local response normalisation as networks have it, and harder.
#pragma once

#include <ostream>
#include <string>
#include <vector>

#include "kernels/ops/lrn.h"
#include "tests/kernels/activations.h"
#include "weights/model.h"

namespace limpid::test {

struct LrnCase {
  std::string name;
  ActivationShape shape;
  LrnConstants constants;
  float deviation;  ///< Of the activations.

  Lrn rule() const { return {true, constants.radius, constants.alpha, constants.beta, constants.bias}; }

  friend void PrintTo(const LrnCase& c, std::ostream* out) { *out << c.name; }
};

/// Activations of the size that a network has there, and, for terms that matter in every digit, constants
/// that no network has. One to many groups: a window of radius 5 spans three of them.
inline std::vector<LrnCase> lrn_cases() {
  constexpr LrnConstants kCaffe{2, 2e-5F, 0.75F, 1};
  constexpr LrnConstants kInception5h{5, 1e-4F, 0.5F, 2};
  constexpr LrnConstants kLucent{4, 1e-4F, 0.5F, 1};
  return {
      {"caffe", {2, 64, 5, 7}, kCaffe, 150},
      {"caffe_one_group", {1, 8, 1, 1}, kCaffe, 150},
      {"caffe_slice", {3, 24, 4, 3, Layout::nchw8c, {1, 1}}, kCaffe, 150},
      {"inception5h", {1, 192, 7, 5}, kInception5h, 100},
      {"inception5h_one_group", {2, 8, 3, 1}, kInception5h, 100},
      {"inception5h_two_groups_nhwc", {1, 16, 3, 4, Layout::nhwc, {0, 2}}, kInception5h, 100},
      {"lucent", {1, 24, 5, 4}, kLucent, 100},
      {"strong_radius1_three_quarters", {1, 16, 3, 3}, {1, 0.3F, 0.75F, 1}, 1},
      {"strong_radius3_root", {1, 24, 3, 3}, {3, 0.3F, 0.5F, 1}, 1},
      {"strong_radius2_root", {1, 24, 3, 3}, {2, 0.3F, 0.5F, 1}, 1},
      {"strong_radius5_three_quarters", {2, 40, 3, 3}, {5, 0.3F, 0.75F, 0.5F}, 1},
  };
}

}  // namespace limpid::test
