// Smooth pools' backward passes against their definitions, written out forward in double precision.
#include "kernels/ops/smoothed_pool.h"

#include <gtest/gtest.h>

#include <cmath>
#include <random>
#include <vector>

#include "kernels/ops/max_pool.h"
#include "tests/image/support.h"
#include "tests/kernels/pool_support.h"
#include "tests/reference/comparison.h"

namespace limpid {
namespace {

using namespace test;
using reference::Map;

/// The pool that is taken back, of one window.
double pooled(const std::vector<double>& window, PoolGradient rule) {
  double squares = 0, sizes = 0, sum = 0;
  for (const double x : window) {
    squares += x * x;
    sizes += std::abs(x);
    sum += x;
  }
  const auto count = static_cast<double>(window.size());
  return rule == PoolGradient::average ? sum / count : squares / count / (0.01 + sizes / count);
}

/// Values of window (p, q) of one channel, with pixel (h, w) moved by `shift`.
std::vector<double> window_of(const Map& x, const PoolCase& c, int k, int p, int q, int h, int w,
                              double shift) {
  std::vector<double> values;
  for (int i = 0; i < c.size; ++i) {
    for (int j = 0; j < c.size; ++j) {
      const int ih = p * c.stride - c.window().before_h + i, iw = q * c.stride - c.window().before_w + j;
      if (ih < 0 || iw < 0 || ih >= c.h || iw >= c.w) continue;
      values.push_back(x.at(k, ih, iw) + (ih == h && iw == w ? shift : 0));
    }
  }
  return values;
}

/// d(sum dy pool(x)) / dx by central differences; exact but for rounding where x is away from 0.
Map differences(const Map& x, const Map& dy, const PoolCase& c, PoolGradient rule) {
  constexpr double kShift = 1e-5;
  Map dx(c.channels, c.h, c.w);
  for (int k = 0; k < c.channels; ++k) {
    for (int h = 0; h < c.h; ++h) {
      for (int w = 0; w < c.w; ++w) {
        for (int p = 0; p < c.output().h; ++p) {
          for (int q = 0; q < c.output().w; ++q) {
            if (std::abs(p * c.stride + 1 - c.window().before_h - h) > 1 ||
                std::abs(q * c.stride + 1 - c.window().before_w - w) > 1) {
              continue;
            }
            const double above = pooled(window_of(x, c, k, p, q, h, w, kShift), rule);
            const double below = pooled(window_of(x, c, k, p, q, h, w, -kShift), rule);
            dx.at(k, h, w) += dy.at(k, p, q) * (above - below) / (2 * kShift);
          }
        }
      }
    }
  }
  return dx;
}

/// Values of either sign, at least 0.1 from zero, where the l2 pool has no slope of its own.
Batch cleft_batch(std::mt19937& random, const ActivationShape& shape) {
  Batch batch = normal_batch(random, shape);
  for (int n = 0; n < shape.n; ++n) {
    Map& map = batch.maps[static_cast<std::size_t>(n)];
    for (double& value : map.values) {
      value = static_cast<double>(static_cast<float>(value + (value < 0 ? -0.1 : 0.1)));
    }
    batch.activations.set(n, map);
  }
  return batch;
}

class SmoothedPool : public ::testing::TestWithParam<PoolCase> {};

TEST_P(SmoothedPool, BpropIsTheSlopeOfTheSmoothPool) {
  const PoolCase& c = GetParam();
  std::mt19937 random(1);
  Batch x = cleft_batch(random, c.input());
  Batch dy = normal_batch(random, c.output());
  for (const PoolGradient rule : {PoolGradient::average, PoolGradient::l2}) {
    for (const bool accumulate : {false, true}) {
      for (const bool mask : {false, true}) {
        Batch dx = integer_batch(random, c.input(), 4);
        cpu::smoothed_pool_bprop(
            threads(2), {x.activations.tensor(), dy.activations.tensor(), dx.activations.tensor(), c.window(),
                         rule, accumulate, mask ? x.activations.tensor() : Tensor{}});
        for (int n = 0; n < c.n; ++n) {
          const auto i = static_cast<std::size_t>(n);
          Map expected = differences(x.maps[i], dy.maps[i], c, rule);
          if (accumulate) reference::accumulate(expected, dx.maps[i]);
          if (mask) expected = reference::masked(expected, reference::positive_mask(x.maps[i]));
          // Nine terms, each of a gradient below 8 and a slope below 2 with some fifteen roundings; the
          // differences are good to the square of their shift times a third derivative below 1e3.
          EXPECT_LE(reference::max_difference(dx.activations.map(n).values, expected.values),
                    9 * 8 * 2 * 15 * kEpsilon + 1e-5)
              << static_cast<int>(rule) << accumulate << mask;
        }
        EXPECT_TRUE(dx.activations.surroundings_intact());
        EXPECT_TRUE(x.activations.surroundings_intact());
      }
    }
  }
}

TEST_P(SmoothedPool, TheAveragesGradientIsSharedOut) {
  // Adjoint of a mean: what flows back is what came in, window by window.
  const PoolCase& c = GetParam();
  std::mt19937 random(2);
  Batch dy = integer_batch(random, c.output(), 9);
  Activations dx(c.input());
  cpu::smoothed_pool_bprop(
      threads(1),
      {Tensor{}, dy.activations.tensor(), dx.tensor(), c.window(), PoolGradient::average, false, {}});
  for (int n = 0; n < c.n; ++n) {
    double sent = 0, arrived = 0, size = 0;
    for (const double value : dy.maps[static_cast<std::size_t>(n)].values) {
      sent += value;
      size += std::abs(value);
    }
    for (const double value : dx.map(n).values) arrived += value;
    EXPECT_LE(std::abs(sent - arrived), 12 * kEpsilon * size);
  }
}

TEST_P(SmoothedPool, ThreadsAndBatchChangeNoBit) {
  PoolCase c = GetParam();
  c.n = 3;
  std::mt19937 random(4);
  Batch x = normal_batch(random, c.input());
  Batch dy = normal_batch(random, c.output());
  for (const PoolGradient rule : {PoolGradient::average, PoolGradient::l2}) {
    const auto run = [&](int thread_count) {
      Activations dx(c.input());
      cpu::smoothed_pool_bprop(
          threads(thread_count),
          {x.activations.tensor(), dy.activations.tensor(), dx.tensor(), c.window(), rule, false, {}});
      return dx.values();
    };
    const std::vector<float> one = run(1);
    EXPECT_TRUE(same_bits(run(3), one));
    const std::size_t image = one.size() / 3;
    PoolCase single = c;
    single.n = 1;
    for (int n = 0; n < c.n; ++n) {
      Batch x_alone(single.input(), [&] { return x.maps[static_cast<std::size_t>(n)]; });
      Batch dy_alone(single.output(), [&] { return dy.maps[static_cast<std::size_t>(n)]; });
      Activations dx(single.input());
      cpu::smoothed_pool_bprop(threads(2), {x_alone.activations.tensor(),
                                            dy_alone.activations.tensor(),
                                            dx.tensor(),
                                            single.window(),
                                            rule,
                                            false,
                                            {}});
      const std::vector<float> alone = dx.values();
      EXPECT_TRUE(
          std::equal(alone.begin(), alone.end(), one.begin() + static_cast<std::ptrdiff_t>(image) * n));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, SmoothedPool, ::testing::ValuesIn(pool_cases()),
                         [](const auto& info) { return info.param.name; });

TEST(SmoothedPoolL2, SilenceHasNoSlope) {
  const PoolCase c{"silent", 1, 8, 5, 5, 2, Padding::symmetric};
  std::mt19937 random(5);
  Batch x(c.input(), [] { return Map(8, 5, 5); });
  Batch dy = normal_batch(random, c.output());
  Activations dx(c.input());
  cpu::smoothed_pool_bprop(threads(1), {x.activations.tensor(),
                                        dy.activations.tensor(),
                                        dx.tensor(),
                                        c.window(),
                                        PoolGradient::l2,
                                        false,
                                        {}});
  for (const float value : dx.values()) EXPECT_EQ(value, 0);
}

}  // namespace
}  // namespace limpid
