#include "kernels/ops/global_average_pool.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

#include "tests/image/support.h"
#include "tests/kernels/activations.h"

namespace limpid {
namespace {

using namespace test;

struct AverageCase {
  std::string name;
  ActivationShape x;

  ActivationShape y() const {
    return {x.n, x.channels, 1, 1, x.layout, {x.surround.after, x.surround.before}};
  }

  friend void PrintTo(const AverageCase& c, std::ostream* out) { *out << c.name; }
};

std::vector<AverageCase> average_cases() {
  return {
      {"pixel", {2, 8, 1, 1}}, {"2x2", {1, 24, 2, 2}},
      {"8x4", {3, 16, 8, 4}},  {"8x8_slice", {2, 16, 8, 8, Layout::nchw8c, {1, 2}}},
      {"7x7", {2, 208, 7, 7}}, {"5x9_nhwc", {1, 24, 5, 9, Layout::nhwc, {2, 0}}},
      {"1x13", {3, 8, 1, 13}},
  };
}

class GlobalAverage : public ::testing::TestWithParam<AverageCase> {};

TEST_P(GlobalAverage, ThreadsAndBatchChangeNoBit) {
  AverageCase c = GetParam();
  c.x.n = 3;
  std::mt19937 random(4);
  Batch x = rectified_batch(random, c.x);
  Batch dy = normal_batch(random, c.y());
  Activations y(c.y()), dx(c.x);
  cpu::global_average_pool_fprop(threads(1), {x.activations.tensor(), y.tensor()});
  cpu::global_average_pool_bprop(threads(1), {dy.activations.tensor(), dx.tensor(), x.activations.tensor()});
  for (const int count : {1, 2, 3}) {
    Activations y_alone(c.y()), dx_alone(c.x);
    for (int n = 0; n < 3; ++n) {
      const Tensor xn = x.activations.tensor().image(n);
      cpu::global_average_pool_fprop(threads(count), {xn, y_alone.tensor().image(n)});
      cpu::global_average_pool_bprop(threads(count),
                                     {dy.activations.tensor().image(n), dx_alone.tensor().image(n), xn});
    }
    EXPECT_TRUE(same_bits(y.values(), y_alone.values()));
    EXPECT_TRUE(same_bits(dx.values(), dx_alone.values()));
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, GlobalAverage, ::testing::ValuesIn(average_cases()),
                         [](const auto& info) { return info.param.name; });

TEST(GlobalAverageNotFinite, ANaNStaysInItsChannel) {
  Activations x({1, 8, 3, 3}), y({1, 8, 1, 1});
  x.for_each([](float& element, int, int, int, int) { element = 1; });
  x.at(0, 6, 2, 1) = std::numeric_limits<float>::quiet_NaN();
  cpu::global_average_pool_fprop(threads(1), {x.tensor(), y.tensor()});
  for (int c = 0; c < 8; ++c) EXPECT_EQ(std::isnan(y.at(0, c, 0, 0)), c == 6);
}

}  // namespace
}  // namespace limpid
