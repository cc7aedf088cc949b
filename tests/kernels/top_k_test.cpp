// TopK and the gate of JumpReLU beside the cases that all operations have: what is not a number, and what a rule keeps.
#include "kernels/ops/top_k.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <vector>

#include "kernels/ops/jump_relu.h"
#include "tests/image/support.h"
#include "tests/kernels/activations.h"

namespace limpid {
namespace {

using namespace test;
constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

/// Of eight channels.
Activations position(const std::vector<double>& values) {
  Activations y({1, 8, 1, 1});
  for (int c = 0; c < 8; ++c) y.at(0, c, 0, 0) = static_cast<float>(values[static_cast<std::size_t>(c)]);
  return y;
}

std::vector<double> values_of(Activations& y) {
  std::vector<double> values;
  for (int c = 0; c < 8; ++c) values.push_back(y.at(0, c, 0, 0));
  return values;
}

std::vector<double> kept(const std::vector<double>& values, int count) {
  Activations y = position(values);
  cpu::top_k(threads(1), {y.tensor(), count});
  return values_of(y);
}

TEST(TopK, KeepsTheLargest) {
  EXPECT_EQ(kept({1, 5, 3, 0, 2, 4, 0, 0}, 2), (std::vector<double>{0, 5, 0, 0, 0, 4, 0, 0}));
  EXPECT_EQ(kept({1, 5, 3, 0, 2, 4, 0, 0}, 8), (std::vector<double>{1, 5, 3, 0, 2, 4, 0, 0}));
  EXPECT_EQ(kept({0, 5, 0, 0, -2, 4, 0, 0}, 3), (std::vector<double>{0, 5, 0, 0, 0, 4, 0, 0}))
      << "two values are positive";
  EXPECT_EQ(kept({2, 7, 2, 2, 7, 2, 2, 2}, 4), (std::vector<double>{2, 7, 2, 0, 7, 0, 0, 0}))
      << "equal ones by their channels";
}

TEST(TopK, ValuesOfAllSizesAreInOrder) {
  const double least = std::numeric_limits<float>::denorm_min();
  const double infinite = std::numeric_limits<double>::infinity();
  EXPECT_EQ(kept({least, 0, 0, 0, 0, 0, 0, 0}, 1), (std::vector<double>{least, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(kept({least, 1e-30F, 1e30F, infinite, 1, 0, 0, 0}, 2),
            (std::vector<double>{0, 0, 1e30F, infinite, 0, 0, 0, 0}));
}

TEST(TopK, WhatIsNotANumberIsKept) {
  const std::vector<double> values = kept({1, 5, kNan, 0, 2, 4, -kNan, 0}, 3);
  EXPECT_TRUE(std::isnan(values[2]));
  EXPECT_TRUE(std::isnan(values[6]));
  EXPECT_EQ(values[1], 5);
  EXPECT_EQ(values[5], 0);
}

TEST(JumpRelu, WhatIsNotANumberPasses) {
  Activations y = position({kNan, 1, 2, 3, 0, 0, 0, 0});
  const std::vector<float> thresholds = {1, 1, 1.5F, 3, 0, 0, 0, -1};
  cpu::jump_relu(threads(1), {y.tensor(), thresholds.data()});
  const std::vector<double> values = values_of(y);
  EXPECT_TRUE(std::isnan(values[0]));
  EXPECT_EQ(std::vector<double>(values.begin() + 1, values.end()),
            (std::vector<double>{0, 2, 0, 0, 0, 0, 0}));
}

}  // namespace
}  // namespace limpid
