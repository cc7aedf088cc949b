#include "kernels/ops/pyramid_sum.h"

#include <gtest/gtest.h>

#include <cmath>

#include "tests/image/resized.h"
#include "tests/image/support.h"

namespace limpid::pyramid_sum_test {
namespace {

using namespace test;

struct Size {
  int h, w;
};

constexpr int kPlanes = 3;

class PyramidSums : public ::testing::TestWithParam<Size> {
 protected:
  const int h_ = GetParam().h, w_ = GetParam().w;
  const PyramidShape shape_ = pyramid_shape(h_, w_);
  const std::size_t parameters_ = static_cast<std::size_t>(kPlanes * shape_.count);
  const std::size_t pixels_ = static_cast<std::size_t>(kPlanes * h_ * w_);

  std::vector<float> sum(const std::vector<float>& parameters, int thread_count = 2) const {
    FencedBuffer latent(pixels_);
    cpu::pyramid_sum(threads(thread_count), {parameters.data(), shape_, {latent.data(), 1, kPlanes, h_, w_}});
    EXPECT_TRUE(latent.intact());
    return {latent.values().begin(), latent.values().end()};
  }
  std::vector<float> adjoint(const std::vector<float>& dlatent, int thread_count = 2) const {
    FencedBuffer dparameters(parameters_);
    cpu::pyramid_sum_adjoint(threads(thread_count),
                             {{dlatent.data(), 1, kPlanes, h_, w_}, shape_, dparameters.data()});
    EXPECT_TRUE(dparameters.intact());
    return {dparameters.values().begin(), dparameters.values().end()};
  }
};

TEST_P(PyramidSums, FollowTheDefinition) {
  const auto parameters = random_values(parameters_, -1, 1, 1);
  const auto latent = sum(parameters);
  for (int plane = 0; plane < kPlanes; ++plane) {
    for (int y = 0; y < h_; ++y) {
      for (int x = 0; x < w_; ++x) {
        double expected = 0;
        std::int64_t first = 0;
        for (int k = 1; k <= 8; k *= 2) {
          const int lh = std::max(1, h_ / k), lw = std::max(1, w_ / k);
          expected += resized(parameters.data() + plane * shape_.count + first, lh, lw, h_, w_, y, x);
          first += std::int64_t{lh} * lw;
        }
        ASSERT_EQ(first, shape_.count);
        const double actual = latent[static_cast<std::size_t>((plane * h_ + y) * w_ + x)];
        // A coordinate below 300 rounds twice, and a sample moves by at most two per pixel, each way.
        ASSERT_LE(std::abs(actual - expected), 4 * (2 * 2 * 2 * 300 + 8) * kEpsilon) << y << "," << x;
      }
    }
  }
}

TEST_P(PyramidSums, TheFinestLevelIsThePictureItself) {
  auto parameters = random_values(parameters_, -1, 1, 2);
  const auto fine = static_cast<std::size_t>(h_ * w_);
  for (std::size_t i = 0; i < parameters.size(); ++i) {
    if (i % static_cast<std::size_t>(shape_.count) >= fine) parameters[i] = 0;
  }
  const auto latent = sum(parameters);
  for (std::size_t i = 0; i < pixels_; ++i) {
    ASSERT_EQ(latent[i], parameters[i / fine * static_cast<std::size_t>(shape_.count) + i % fine]);
  }
}

TEST_P(PyramidSums, AdjointIsTheTranspose) {
  const auto parameters = random_values(parameters_, -1, 1, 3);
  const auto dlatent = random_values(pixels_, -1, 1, 4);
  // Sums of up to some 300 products.
  expect_adjoint(parameters, sum(parameters), dlatent, adjoint(dlatent), 64 * kEpsilon);
}

TEST_P(PyramidSums, ThreadsChangeNoBit) {
  const auto parameters = random_values(parameters_, -1, 1, 5);
  const auto dlatent = random_values(pixels_, -1, 1, 6);
  EXPECT_TRUE(same_bits(sum(parameters, 1), sum(parameters, 4)));
  EXPECT_TRUE(same_bits(adjoint(dlatent, 1), adjoint(dlatent, 4)));
}

INSTANTIATE_TEST_SUITE_P(Sizes, PyramidSums,
                         ::testing::Values(Size{64, 64}, Size{65, 50}, Size{97, 131}, Size{7, 5}, Size{1, 1},
                                           Size{3, 258}),
                         [](const auto& info) {
                           return std::to_string(info.param.h) + "x" + std::to_string(info.param.w);
                         });

}  // namespace
}  // namespace limpid::pyramid_sum_test
