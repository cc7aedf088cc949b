#include "kernels/ops/lrn.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/image/support.h"
#include "tests/kernels/activations.h"
#include "tests/kernels/lrn_cases.h"

namespace limpid {
namespace {

using namespace test;
using reference::Map;

class LocalResponse : public ::testing::TestWithParam<LrnCase> {
 protected:
  static Activations fprop(const LrnCase& c, Activations& x, int thread_count = 2) {
    Activations y(c.shape);
    cpu::lrn_fprop(threads(thread_count), {x.tensor(), y.tensor(), c.constants});
    EXPECT_TRUE(y.surroundings_intact());
    return y;
  }
  static Activations bprop(const LrnCase& c, Activations& x, Activations& dy, bool mask,
                           int thread_count = 2) {
    Activations dx(c.shape);
    cpu::lrn_bprop(threads(thread_count),
                   {x.tensor(), dy.tensor(), dx.tensor(), c.constants, mask ? x.tensor() : Tensor{}});
    EXPECT_TRUE(dx.surroundings_intact());
    return dx;
  }
};

TEST_P(LocalResponse, BpropIsTheDerivative) {
  // Central differences along a random direction. The step, a fiftieth of the activations' size, balances
  // the curvature that is left out, of order step^2, against fp32 rounding over the step.
  const LrnCase& c = GetParam();
  std::mt19937 random(3);
  const double step = 0.02 * static_cast<double>(c.deviation);
  Batch x = normal_batch(random, c.shape, c.deviation);
  Batch dy = normal_batch(random, c.shape);
  Batch direction = normal_batch(random, c.shape);
  Activations dx = bprop(c, x.activations, dy.activations, false);
  const auto moved = [&](int n, double by) {
    Map map = x.maps[static_cast<std::size_t>(n)];
    for (std::size_t i = 0; i < map.values.size(); ++i) {
      map.values[i] += by * direction.maps[static_cast<std::size_t>(n)].values[i];
    }
    return map;
  };
  int above = 0, below = 0;
  Batch x_above(c.shape, [&] { return moved(above++, step); });
  Batch x_below(c.shape, [&] { return moved(below++, -step); });
  Activations y_above = fprop(c, x_above.activations), y_below = fprop(c, x_below.activations);
  for (int n = 0; n < c.shape.n; ++n) {
    const auto i = static_cast<std::size_t>(n);
    const double difference =
        (dot(y_above.map(n), dy.maps[i]) - dot(y_below.map(n), dy.maps[i])) / (2 * step);
    EXPECT_LE(std::abs(difference - dot(dx.map(n), direction.maps[i])),
              1e-3 * norm(dx.map(n)) * norm(direction.maps[i]));
  }
}

TEST_P(LocalResponse, ThreadsAndBatchChangeNoBit) {
  LrnCase c = GetParam();
  c.shape.n = 3;
  std::mt19937 random(4);
  Batch x = rectified_batch(random, c.shape, c.deviation);
  Batch dy = normal_batch(random, c.shape);
  Activations y = fprop(c, x.activations, 1), dx = bprop(c, x.activations, dy.activations, true, 1);
  for (const int count : {2, 3}) {
    Activations y_again = fprop(c, x.activations, count);
    Activations dx_again = bprop(c, x.activations, dy.activations, true, count);
    EXPECT_TRUE(same_bits(y.values(), y_again.values()));
    EXPECT_TRUE(same_bits(dx.values(), dx_again.values()));
  }
  Activations y_alone(c.shape), dx_alone(c.shape);
  for (int n = 0; n < 3; ++n) {
    const Tensor xn = x.activations.tensor().image(n);
    cpu::lrn_fprop(threads(2), {xn, y_alone.tensor().image(n), c.constants});
    cpu::lrn_bprop(threads(2),
                   {xn, dy.activations.tensor().image(n), dx_alone.tensor().image(n), c.constants, xn});
  }
  EXPECT_TRUE(same_bits(y.values(), y_alone.values()));
  EXPECT_TRUE(same_bits(dx.values(), dx_alone.values()));
}

INSTANTIATE_TEST_SUITE_P(Cases, LocalResponse, ::testing::ValuesIn(lrn_cases()),
                         [](const auto& info) { return info.param.name; });

TEST(LocalResponseNotFinite, ANaNReachesItsWindow) {
  for (const LrnConstants& constants : {LrnConstants{2, 1e-4F, 0.75F, 1}, LrnConstants{5, 1e-4F, 0.5F, 1}}) {
    const ActivationShape shape{1, 24, 1, 1};
    Activations x(shape), y(shape);
    x.for_each([](float& element, int, int, int, int) { element = 1; });
    x.at(0, 10, 0, 0) = std::numeric_limits<float>::quiet_NaN();
    cpu::lrn_fprop(threads(1), {x.tensor(), y.tensor(), constants});
    for (int c = 0; c < 24; ++c) {
      EXPECT_EQ(std::isnan(y.at(0, c, 0, 0)), std::abs(c - 10) <= constants.radius) << c;
    }
  }
}

TEST(LocalResponseConstants, SayWhatTheKernelsAreBuiltFor) {
  EXPECT_TRUE(lrn_supports({2, 1, 0.75F, 1}));
  EXPECT_TRUE(lrn_supports({5, 1, 0.5F, 1}));
  EXPECT_TRUE(lrn_supports({1, 1, 0.5F, 1}));
  EXPECT_FALSE(lrn_supports({0, 1, 0.75F, 1}));
  EXPECT_FALSE(lrn_supports({6, 1, 0.75F, 1}));
  EXPECT_FALSE(lrn_supports({2, 1, 1, 1}));
}

}  // namespace
}  // namespace limpid
