#include "kernels/ops/max_pool.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

#include "tests/image/support.h"
#include "tests/kernels/pool_support.h"

namespace limpid {
namespace {

using namespace test;

/// A pool run forward, and its operands.
struct Forward {
  Forward(const PoolCase& c, Batch input, int thread_count)
      : x(std::move(input)), y(c.output()), argmax(c.output()) {
    cpu::max_pool_fprop(threads(thread_count),
                        {x.activations.tensor(), y.tensor(), argmax.view(), c.window()});
  }

  Batch x;
  Activations y;
  ArgmaxBuffer argmax;
};

class MaxPool : public ::testing::TestWithParam<PoolCase> {};

TEST_P(MaxPool, BpropIsTheAdjoint) {
  const PoolCase& c = GetParam();
  std::mt19937 random(3);
  Forward pool(c, integer_batch(random, c.input(), 9), 1);
  Batch dy = integer_batch(random, c.output(), 9);
  Activations dx(c.input());
  cpu::max_pool_bprop(threads(1),
                      {dy.activations.tensor(), dx.tensor(), pool.argmax.chosen(), c.window(), false, {}});
  for (int n = 0; n < c.n; ++n) {
    const auto i = static_cast<std::size_t>(n);
    EXPECT_EQ(dot(pool.y.map(n), dy.maps[i]), dot(pool.x.maps[i], dx.map(n)));
  }
}

/// Behind a ReLU the argmax masks as its output does, to the bit.
TEST_P(MaxPool, PositiveWindowsAloneAreTheMask) {
  const PoolCase& c = GetParam();
  std::mt19937 random(6);
  Batch x(c.input(), [&] {
    reference::Map map = normal_map(random, c.channels, c.h, c.w);
    for (double& value : map.values) value = std::max(value, 0.0);
    return map;
  });
  Forward pool(c, std::move(x), 1);
  Batch dy = normal_batch(random, c.output());
  Activations by_map(c.input()), by_argmax(c.input());
  const Tensor given = dy.activations.tensor(), relu = pool.x.activations.tensor();
  cpu::max_pool_bprop(threads(1), {given, by_map.tensor(), pool.argmax.chosen(), c.window(), false, relu});
  cpu::max_pool_bprop(threads(1),
                      {given, by_argmax.tensor(), pool.argmax.chosen(), c.window(), false, {}, true});
  EXPECT_TRUE(same_bits(by_map.values(), by_argmax.values()));
}

TEST_P(MaxPool, ThreadsAndBatchChangeNoBit) {
  PoolCase c = GetParam();
  c.n = 3;
  std::mt19937 random(4);
  const Batch x = normal_batch(random, c.input());
  Batch dy = normal_batch(random, c.output());
  Forward one(c, x, 1);
  Activations dx(c.input());
  cpu::max_pool_bprop(threads(1),
                      {dy.activations.tensor(), dx.tensor(), one.argmax.chosen(), c.window(), false, {}});
  for (const int count : {2, 3}) {
    Forward more(c, x, count);
    EXPECT_TRUE(same_bits(one.y.values(), more.y.values()));
    EXPECT_EQ(one.argmax.bytes(), more.argmax.bytes());
    Activations again(c.input());
    cpu::max_pool_bprop(
        threads(count),
        {dy.activations.tensor(), again.tensor(), one.argmax.chosen(), c.window(), false, {}});
    EXPECT_TRUE(same_bits(dx.values(), again.values()));
  }
  PoolCase single = c;
  single.n = 1;
  for (int n = 0; n < c.n; ++n) {
    Batch x_alone(single.input(), [&] { return x.maps[static_cast<std::size_t>(n)]; });
    Batch dy_alone(single.output(), [&] { return dy.maps[static_cast<std::size_t>(n)]; });
    Forward alone(single, std::move(x_alone), 2);
    EXPECT_EQ(alone.y.map(0).values, one.y.map(n).values);
    Activations dx_alone(single.input());
    cpu::max_pool_bprop(
        threads(2),
        {dy_alone.activations.tensor(), dx_alone.tensor(), alone.argmax.chosen(), c.window(), false, {}});
    EXPECT_EQ(dx_alone.map(0).values, dx.map(n).values);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, MaxPool, ::testing::ValuesIn(pool_cases()),
                         [](const auto& info) { return info.param.name; });

TEST(MaxPoolTies, TheFirstInRowOrderWins) {
  const PoolCase c{"ties", 1, 8, 4, 4, 1, Padding::symmetric};
  Forward pool(c, Batch(c.input(), [&] { return reference::Map(8, 4, 4); }), 1);
  // In the corner the first tap inside the map is the window's centre; along the top it is the left of the
  // middle row; inside it is the upper left.
  EXPECT_EQ(pool.argmax.at(0, 3, 0, 0), 4 + kNotPositive);
  EXPECT_EQ(pool.argmax.at(0, 3, 0, 2), 3 + kNotPositive);
  EXPECT_EQ(pool.argmax.at(0, 3, 2, 0), 1 + kNotPositive);
  EXPECT_EQ(pool.argmax.at(0, 3, 2, 2), 0 + kNotPositive);
}

TEST(MaxPoolNotFinite, ANaNReachesEveryWindowThatHoldsItAndNoOther) {
  for (const int stride : {1, 2}) {
    const PoolCase c{"nan", 1, 8, 7, 7, stride, Padding::symmetric};
    for (int tap = 0; tap < 9; ++tap) {
      std::mt19937 random(5);
      Batch x = normal_batch(random, c.input());
      const int h = 2 + tap / 3, w = 2 + tap % 3, channel = 5;
      x.activations.at(0, channel, h, w) = std::numeric_limits<float>::quiet_NaN();
      Activations y(c.output());
      ArgmaxBuffer argmax(c.output());
      cpu::max_pool_fprop(threads(1), {x.activations.tensor(), y.tensor(), argmax.view(), c.window()});
      y.for_each([&](float value, int, int k, int p, int q) {
        const bool holds = k == channel && std::abs(p * stride - h) <= 1 && std::abs(q * stride - w) <= 1;
        ASSERT_EQ(std::isnan(value), holds) << tap << ": " << k << " " << p << " " << q;
        ASSERT_LT(argmax.at(0, k, p, q) & kTapBits, 9);
        ASSERT_EQ((argmax.at(0, k, p, q) & kNotPositive) != 0, value <= 0);
      });
    }
  }
}

TEST(MaxPoolNotFinite, InfinitiesAreValues) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const PoolCase c{"infinite", 1, 8, 3, 3, 2, Padding::caffe};
  for (const float value : {kInfinity, -kInfinity}) {
    Activations x(c.input()), y(c.output());
    ArgmaxBuffer argmax(c.output());
    x.for_each([&](float& element, int, int, int, int) { element = value; });
    cpu::max_pool_fprop(threads(1), {x.tensor(), y.tensor(), argmax.view(), c.window()});
    EXPECT_EQ(y.at(0, 2, 0, 0), value);
  }
}

}  // namespace
}  // namespace limpid
