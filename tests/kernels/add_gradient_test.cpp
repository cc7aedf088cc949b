#include "kernels/ops/add_gradient.h"

#include <gtest/gtest.h>

#include <random>
#include <vector>

#include "tests/image/support.h"
#include "tests/kernels/activations.h"

namespace limpid {
namespace {

using namespace test;

TEST(AddGradient, AddsToEveryElementOfItsSliceAndToNoOther) {
  const std::vector<std::pair<ActivationShape, ActivationShape>> cases = {
      {{1, 8, 1, 1}, {1, 8, 1, 1}},
      {{3, 208, 7, 5}, {3, 208, 7, 5}},
      {{2, 16, 5, 4, Layout::nchw8c, {1, 1}}, {2, 16, 5, 4, Layout::nchw8c, {0, 3}}},
      {{2, 24, 6, 5, Layout::nhwc, {2, 0}}, {2, 24, 6, 5, Layout::nchw8c, {0, 1}}}};
  for (const auto& [dy_shape, dx_shape] : cases) {
    for (const int count : {1, 3}) {
      std::mt19937 random(1);
      Batch dy = normal_batch(random, dy_shape);
      Batch dx = normal_batch(random, dx_shape);
      cpu::add_gradient(threads(count), {dy.activations.tensor(), dx.activations.tensor()});
      for (int n = 0; n < dx_shape.n; ++n) {
        const auto i = static_cast<std::size_t>(n);
        const reference::Map sum = dx.activations.map(n);
        for (std::size_t j = 0; j < sum.values.size(); ++j) {
          ASSERT_EQ(sum.values[j], static_cast<float>(dx.maps[i].values[j] + dy.maps[i].values[j]));
        }
        EXPECT_EQ(dy.activations.map(n).values, dy.maps[i].values);
      }
      EXPECT_TRUE(dx.activations.surroundings_intact());
    }
  }
}

}  // namespace
}  // namespace limpid
