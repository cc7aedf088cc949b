// The oracle itself: examples computed by hand, the definitions as naive loops on integers (exact, compared
// with ==), adjoint identities and finite differences.
#include "tests/reference/reference_ops.h"

#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <random>

namespace limpid::reference {
namespace {

using Values = std::vector<double>;

Map map_of(int c, int h, int w, Values values) {
  Map map(c, h, w);
  EXPECT_EQ(map.values.size(), values.size());
  map.values = std::move(values);
  return map;
}

Map random_integers(std::mt19937& random, int c, int h, int w) {
  std::uniform_int_distribution<int> integer(-4, 4);
  Map map(c, h, w);
  for (double& value : map.values) value = integer(random);
  return map;
}

Map random_normal(std::mt19937& random, int c, int h, int w) {
  std::normal_distribution<double> normal;
  Map map(c, h, w);
  for (double& value : map.values) value = normal(random);
  return map;
}

ConvLayer random_integer_layer(std::mt19937& random, int k, int c, int size) {
  std::uniform_int_distribution<int> integer(-3, 3);
  ConvLayer layer{"test", k, c, size, {}, {}};
  layer.filter.resize(static_cast<std::size_t>(k * c * size * size));
  layer.bias.resize(static_cast<std::size_t>(k));
  for (float& value : layer.filter) value = static_cast<float>(integer(random));
  for (float& value : layer.bias) value = static_cast<float>(integer(random));
  return layer;
}

double dot(const Map& a, const Map& b) {
  EXPECT_EQ(a.values.size(), b.values.size());
  double sum = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i) sum += a.values[i] * b.values[i];
  return sum;
}

/// Checks <seed, f(x + t v)>' at t = 0 against <dx, v>. Central differences of step h err by h^2 (truncation)
/// and epsilon / h (rounding): 1e-5 leaves 1e-10 of each, far below the tolerance.
void expect_derivative(const std::function<Map(const Map&)>& f, const Map& x, const Map& seed, const Map& dx,
                       const Map& v) {
  constexpr double h = 1e-5;
  Map ahead = x, behind = x;
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    ahead.values[i] += h * v.values[i];
    behind.values[i] -= h * v.values[i];
  }
  const double numeric = (dot(seed, f(ahead)) - dot(seed, f(behind))) / (2 * h);
  EXPECT_NEAR(dot(dx, v), numeric, 1e-7 * (1 + std::abs(numeric)));
}

// One filter with two taps: 1 at (0, 0) and 10 at (1, 2).
ConvLayer two_taps(float bias) {
  return {"test", 1, 1, 3, {1, 0, 0, 0, 0, 10, 0, 0, 0}, {bias}};
}

TEST(ReferenceConv, StrideOneByHand) {
  const Map x = map_of(1, 3, 3, {1, 2, 3, 4, 5, 6, 7, 8, 9});
  const Map y = conv_fprop(x, two_taps(100), slide_conv(Padding::caffe, 3, 3, 3, 1));
  EXPECT_EQ(y.values, (Values{120, 130, 100, 150, 161, 102, 180, 194, 105}));
}

TEST(ReferenceConv, TensorFlowStrideTwoPadsAfterOnly) {
  const Map x = map_of(1, 4, 4, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
  const Map y = conv_fprop(x, two_taps(0), slide_conv(Padding::tf_same, 4, 4, 3, 2));
  EXPECT_EQ(y.values, (Values{71, 3, 159, 11}));
}

TEST(ReferenceConv, GradientOfOneOutputIsItsTaps) {
  const Map dy = map_of(1, 3, 3, {0, 0, 0, 0, 1, 0, 0, 0, 0});
  const Map dx = conv_dgrad(dy, two_taps(100), slide_conv(Padding::caffe, 3, 3, 3, 1), 3, 3);
  EXPECT_EQ(dx.values, (Values{1, 0, 0, 0, 0, 10, 0, 0, 0}));
}

struct ConvCase {
  Padding padding;
  int k, c, h, w, size, stride;
};

class ReferenceConvGeometry : public ::testing::TestWithParam<ConvCase> {};

TEST_P(ReferenceConvGeometry, AgreesWithTheDefinitionAndItsAdjoint) {
  const ConvCase& shape = GetParam();
  std::mt19937 random(7);
  const ConvLayer layer = random_integer_layer(random, shape.k, shape.c, shape.size);
  const Map x = random_integers(random, shape.c, shape.h, shape.w);
  const Sliding sliding = slide_conv(shape.padding, shape.h, shape.w, shape.size, shape.stride);
  const Map y = conv_fprop(x, layer, sliding);
  ASSERT_EQ(y.c, shape.k);

  for (int k = 0; k < shape.k; ++k) {
    for (int p = 0; p < sliding.p; ++p) {
      for (int q = 0; q < sliding.q; ++q) {
        double sum = layer.bias[static_cast<std::size_t>(k)];
        for (int c = 0; c < shape.c; ++c) {
          for (int r = 0; r < shape.size; ++r) {
            for (int s = 0; s < shape.size; ++s) {
              const int row = p * shape.stride + r - sliding.window.before_h;
              const int column = q * shape.stride + s - sliding.window.before_w;
              if (row < 0 || row >= shape.h || column < 0 || column >= shape.w) continue;
              const int tap = ((k * shape.c + c) * shape.size + r) * shape.size + s;
              sum += double{layer.filter[static_cast<std::size_t>(tap)]} * x.at(c, row, column);
            }
          }
        }
        ASSERT_EQ(y.at(k, p, q), sum) << k << ',' << p << ',' << q;
      }
    }
  }

  ConvLayer linear = layer;
  linear.bias.clear();
  const Map dy = random_integers(random, shape.k, sliding.p, sliding.q);
  const Map dx = conv_dgrad(dy, layer, sliding, shape.h, shape.w);
  EXPECT_EQ(dot(conv_fprop(x, linear, sliding), dy), dot(x, dx));
}

INSTANTIATE_TEST_SUITE_P(Shapes, ReferenceConvGeometry,
                         ::testing::Values(ConvCase{Padding::caffe, 4, 3, 16, 16, 7, 2},
                                           ConvCase{Padding::caffe, 4, 3, 17, 13, 7, 2},
                                           ConvCase{Padding::tf_same, 4, 3, 16, 17, 7, 2},
                                           ConvCase{Padding::tf_same, 2, 5, 9, 8, 5, 1},
                                           ConvCase{Padding::symmetric, 3, 4, 7, 7, 3, 1},
                                           ConvCase{Padding::symmetric, 8, 8, 5, 6, 1, 1},
                                           ConvCase{Padding::caffe, 2, 2, 1, 1, 5, 1},
                                           ConvCase{Padding::caffe, 2, 2, 2, 1, 7, 2}));

TEST(ReferenceRelu, LetsOnlyPositiveValuesThrough) {
  const Map x = map_of(1, 1, 4, {-1, 0, 2, 0.5});
  const Mask mask = positive_mask(x);
  EXPECT_EQ(mask, (Mask{0, 0, 1, 1}));
  EXPECT_EQ(masked(x, mask).values, (Values{0, 0, 2, 0.5}));
  EXPECT_EQ(masked(map_of(1, 1, 4, {5, 6, 7, 8}), mask).values, (Values{0, 0, 7, 8}));
}

TEST(ReferenceMaxPool, CeilModeKeepsTheWindowThatHangsOver) {
  const Map x = map_of(1, 4, 4, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16});
  const Sliding sliding = slide_pool(Padding::caffe, 4, 4, 3, 2);
  const Argmax argmax = max_pool_argmax(x, sliding);
  EXPECT_EQ(argmax, (Argmax{10, 11, 14, 15}));
  EXPECT_EQ(max_pool(x, argmax, sliding).values, (Values{11, 12, 15, 16}));
}

TEST(ReferenceMaxPool, FirstOfEqualValuesWinsAndPaddingNever) {
  const Map x = map_of(1, 2, 3, {-5, -3, -3, -3, -7, -3});
  const Sliding sliding = slide_pool(Padding::caffe, 2, 3, 3, 1);
  const Argmax argmax = max_pool_argmax(x, sliding);
  EXPECT_EQ(argmax, (Argmax{1, 1, 1, 1, 1, 1}));
  const Map dx = max_pool_vjp(map_of(1, 2, 3, {1, 2, 3, 4, 5, 6}), argmax, 2, 3);
  EXPECT_EQ(dx.values, (Values{0, 21, 0, 0, 0, 0}));
}

TEST(ReferenceMaxPool, IsLinearWithItsChoicesFixed) {
  std::mt19937 random(11);
  for (const Padding padding : {Padding::caffe, Padding::tf_same, Padding::symmetric}) {
    for (const int stride : {1, 2}) {
      const Map x = random_integers(random, 3, 9, 8);
      const Sliding sliding = slide_pool(padding, 9, 8, 3, stride);
      const Argmax argmax = max_pool_argmax(x, sliding);
      const Map dy = random_integers(random, 3, sliding.p, sliding.q);
      EXPECT_EQ(dot(max_pool(x, argmax, sliding), dy), dot(x, max_pool_vjp(dy, argmax, 9, 8)));
    }
  }
}

TEST(ReferenceLrn, ByHandClippedAtTheEdges) {
  // Radius 1, D = 0 + sum of squares: 9 + 16, 9 + 16 + 144, 16 + 144.
  const Lrn lrn{true, 1, 1, 0.5F, 0};
  const Map y = lrn_fprop(map_of(3, 1, 1, {3, 4, 12}), lrn);
  EXPECT_NEAR(y.values[0], 3.0 / 5, 1e-15);
  EXPECT_NEAR(y.values[1], 4.0 / 13, 1e-15);
  EXPECT_NEAR(y.values[2], 12.0 / std::sqrt(160.0), 1e-15);
}

TEST(ReferenceLrn, AbsentIsTheIdentity) {
  std::mt19937 random(13);
  const Map x = random_normal(random, 5, 2, 3), dy = random_normal(random, 5, 2, 3);
  EXPECT_EQ(lrn_fprop(x, Lrn{}).values, x.values);
  EXPECT_EQ(lrn_vjp(x, dy, Lrn{}).values, dy.values);
}

TEST(ReferenceLrn, GradientByFiniteDifferences) {
  std::mt19937 random(17);
  for (const Lrn& lrn : {Lrn{true, 2, 0.3F, 0.75F, 1}, Lrn{true, 5, 0.1F, 0.5F, 2}}) {
    const Map x = random_normal(random, 12, 3, 2), seed = random_normal(random, 12, 3, 2);
    expect_derivative([&](const Map& at) { return lrn_fprop(at, lrn); }, x, seed, lrn_vjp(x, seed, lrn),
                      random_normal(random, 12, 3, 2));
  }
}

TEST(ReferenceGlobalAverage, ByHandAndAdjoint) {
  const Map y = global_average(map_of(2, 1, 4, {1, 2, 3, 6, 0, 0, 0, 8}));
  EXPECT_EQ(y.values, (Values{3, 2}));
  EXPECT_EQ(global_average_vjp(map_of(1, 1, 1, {8}), 2, 2).values, (Values{2, 2, 2, 2}));
}

TEST(ReferenceSoftmax, ByHandAndStableForLargeLogits) {
  EXPECT_EQ(softmax(map_of(4, 1, 1, {3, 3, 3, 3})).values, (Values{0.25, 0.25, 0.25, 0.25}));
  EXPECT_EQ(softmax(map_of(2, 1, 1, {5000, -5000})).values, (Values{1, 0}));
  const Map y = softmax(map_of(2, 1, 1, {std::log(3.0), 0}));
  EXPECT_NEAR(y.values[0], 0.75, 1e-15);
}

TEST(ReferenceSoftmax, GradientByFiniteDifferences) {
  std::mt19937 random(19);
  const Map x = random_normal(random, 10, 2, 1), seed = random_normal(random, 10, 2, 1);
  expect_derivative(softmax, x, seed, softmax_vjp(softmax(x), seed), random_normal(random, 10, 2, 1));
}

TEST(ReferenceConcatenation, SlicesUndoIt) {
  std::mt19937 random(23);
  const Map a = random_integers(random, 2, 3, 4), b = random_integers(random, 5, 3, 4);
  const Map both = concatenate({&a, &b});
  EXPECT_EQ(slice(both, 0, 2).values, a.values);
  EXPECT_EQ(slice(both, 2, 5).values, b.values);
}

}  // namespace
}  // namespace limpid::reference
