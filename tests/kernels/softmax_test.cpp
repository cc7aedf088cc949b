#include "kernels/ops/softmax.h"

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
using reference::Map;

struct SoftmaxCase {
  std::string name;
  int n;
  int classes;
  float deviation;  ///< Of the logits.
  Surround surround = {};

  ActivationShape shape() const { return {n, (classes + 7) / 8 * 8, 1, 1, Layout::nchw8c, surround}; }

  friend void PrintTo(const SoftmaxCase& c, std::ostream* out) { *out << c.name; }
};

std::vector<SoftmaxCase> softmax_cases() {
  return {
      {"one_class", 1, 1, 1},        {"few_of_one_group", 3, 5, 2}, {"one_whole_group", 2, 8, 2},
      {"default_weights", 2, 70, 3}, {"caffe", 2, 1000, 4, {1, 0}}, {"inception5h", 1, 1008, 4},
      {"steep", 2, 24, 200, {0, 2}},
  };
}

class Softmax : public ::testing::TestWithParam<SoftmaxCase> {
 protected:
  /// Logits whose padded channels hold what would win, were it looked at.
  static Batch logits(std::mt19937& random, const SoftmaxCase& c) {
    return {c.shape(), [&] {
              Map map = normal_map(random, c.shape().channels, 1, 1, c.deviation);
              for (int k = c.classes; k < c.shape().channels; ++k) map.at(k, 0, 0) = 1e4;
              return map;
            }};
  }
  static Activations fprop(const SoftmaxCase& c, Activations& x) {
    Activations y(c.shape());
    cpu::softmax_fprop(threads(2), {x.tensor(), y.tensor(), c.classes});
    EXPECT_TRUE(y.surroundings_intact());
    return y;
  }
};

TEST_P(Softmax, BpropIsTheDerivative) {
  const SoftmaxCase& c = GetParam();
  std::mt19937 random(3);
  constexpr double kStep = 1e-2;
  Batch x = logits(random, c);
  Batch dy = normal_batch(random, c.shape());
  Batch direction = normal_batch(random, c.shape());
  Activations y = fprop(c, x.activations), dx(c.shape());
  cpu::softmax_bprop(threads(1), {y.tensor(), dy.activations.tensor(), dx.tensor()});
  const auto objective = [&](std::size_t i, double by) {
    Map moved = x.maps[i];
    for (std::size_t j = 0; j < moved.values.size(); ++j) moved.values[j] += by * direction.maps[i].values[j];
    SoftmaxCase single = c;
    single.n = 1;
    Batch one(single.shape(), [&] { return moved; });
    return dot(fprop(single, one.activations).map(0), dy.maps[i]);
  };
  for (std::size_t i = 0; i < x.maps.size(); ++i) {
    const double difference = (objective(i, kStep) - objective(i, -kStep)) / (2 * kStep);
    // Third derivatives are of order one per unit of direction and dy; fp32 rounding of y is divided by the
    // step.
    EXPECT_NEAR(difference, dot(dx.map(static_cast<int>(i)), direction.maps[i]),
                30 * kStep * kStep + 40 * kEpsilon * static_cast<double>(c.deviation) / kStep);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, Softmax, ::testing::ValuesIn(softmax_cases()),
                         [](const auto& info) { return info.param.name; });

TEST(SoftmaxNotFinite, ANaNReachesEveryClassWhereverItIs) {
  for (const int at : {0, 3, 9}) {
    Activations x({2, 16, 1, 1}), y({2, 16, 1, 1});
    x.for_each([](float& element, int, int, int, int) { element = 1; });
    x.at(1, at, 0, 0) = std::numeric_limits<float>::quiet_NaN();
    cpu::softmax_fprop(threads(1), {x.tensor(), y.tensor(), 10});
    for (int c = 0; c < 10; ++c) {
      EXPECT_EQ(y.at(0, c, 0, 0), 0.1F);
      EXPECT_TRUE(std::isnan(y.at(1, c, 0, 0))) << at << ": " << c;
    }
  }
}

}  // namespace
}  // namespace limpid
