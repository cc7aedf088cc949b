#include "kernels/ops/shared_levels.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "tests/image/resized.h"
#include "tests/image/support.h"

namespace limpid::shared_levels_test {
namespace {

using namespace test;

struct Case {
  int h, w;
  std::vector<int> divisors;
};

/// Two jobs of three images and a photo.
constexpr int kPlanes = 2, kImages = 3, kPictures = 4, kJobs = 2;
/// In front of a picture's copy, where its own parameters lie.
constexpr std::int64_t kGap = 5;

class SharedLevelSums : public ::testing::TestWithParam<Case> {
 protected:
  const int h_ = GetParam().h, w_ = GetParam().w;
  const SharedLevelShape shape_ = shared_level_shape(GetParam().divisors, h_, w_);
  const std::int64_t copy_ = kPlanes * shape_.count, stride_ = kGap + copy_;
  const std::size_t values_ = static_cast<std::size_t>(kJobs * kPictures * stride_);
  const std::size_t pixels_ = static_cast<std::size_t>(kJobs * kPictures * kPlanes * h_ * w_);

  std::vector<float> sum(const std::vector<float>& base, const std::vector<float>& values,
                         int thread_count = 2) const {
    FencedBuffer result(pixels_);
    cpu::shared_levels(threads(thread_count), {{base.data(), kJobs * kPictures, kPlanes, h_, w_},
                                               {values.data() + kGap, stride_},
                                               shape_,
                                               {result.data(), kJobs * kPictures, kPlanes, h_, w_}});
    EXPECT_TRUE(result.intact());
    return {result.values().begin(), result.values().end()};
  }

  /// What is between the copies stays zero.
  std::vector<float> adjoint(const std::vector<float>& dsum, int thread_count = 2) const {
    FencedBuffer result(values_);
    std::fill(result.values().begin(), result.values().end(), 0.0F);
    FencedBuffer rows(static_cast<std::size_t>(kJobs * kPlanes * h_ * shape_.columns));
    cpu::shared_levels_adjoint(threads(thread_count), {{dsum.data(), kJobs * kPictures, kPlanes, h_, w_},
                                                       shape_,
                                                       kImages,
                                                       kPictures,
                                                       rows.data(),
                                                       {result.data() + kGap, stride_}});
    EXPECT_TRUE(result.intact());
    EXPECT_TRUE(rows.intact());
    return {result.values().begin(), result.values().end()};
  }

  std::size_t first_of(int picture, int plane) const {
    return static_cast<std::size_t>(picture * stride_ + kGap + plane * shape_.count);
  }
  /// Value i of a picture's copy.
  std::size_t at(int picture, std::int64_t i) const {
    return static_cast<std::size_t>(picture * stride_ + kGap + i);
  }
};

TEST_P(SharedLevelSums, FollowTheDefinition) {
  const auto base = random_values(pixels_, -1, 1, 1);
  const auto values = random_values(values_, -1, 1, 2);
  const auto result = sum(base, values);
  for (int picture = 0; picture < kJobs * kPictures; ++picture) {
    for (int plane = 0; plane < kPlanes; ++plane) {
      for (int y = 0; y < h_; ++y) {
        for (int x = 0; x < w_; ++x) {
          const auto pixel = static_cast<std::size_t>(((picture * kPlanes + plane) * h_ + y) * w_ + x);
          double expected = static_cast<double>(base[pixel]);
          std::size_t first = first_of(picture, plane);
          for (const int n : GetParam().divisors) {
            const int lh = (h_ + n - 1) / n, lw = (w_ + n - 1) / n;
            expected += resized(values.data() + first, lh, lw, h_, w_, y, x);
            first += static_cast<std::size_t>(lh * lw);
          }
          ASSERT_EQ(first - first_of(picture, plane), static_cast<std::size_t>(shape_.count));
          // A coordinate below 300 rounds twice, and a sample moves by at most two per pixel, each way.
          ASSERT_LE(std::abs(static_cast<double>(result[pixel]) - expected),
                    (static_cast<double>(shape_.levels) * (2 * 2 * 2 * 300 + 8) + 8) * kEpsilon)
              << picture << "," << plane << "," << y << "," << x;
        }
      }
    }
  }
}

/// <A s, d> = <s, A* d>, with s what the pictures of a job have in common.
TEST_P(SharedLevelSums, AdjointIsTheTransposeSummedOverAJobsImages) {
  auto dsum = random_values(pixels_, -1, 1, 3);
  const auto gradient = adjoint(dsum);
  auto values = random_values(values_, -1, 1, 4);
  std::vector<float> once(values_);  // Each job's common values, in the place of its first picture.
  for (int job = 0; job < kJobs; ++job) {
    for (std::int64_t i = 0; i < copy_; ++i) {
      const int first = job * kPictures;
      once[at(first, i)] = values[at(first, i)];
      for (int picture = first; picture < first + kPictures; ++picture) {
        values[at(picture, i)] = values[at(first, i)];
      }
    }
  }
  const auto result = sum(std::vector<float>(pixels_), values);
  // Photos do not count.
  const std::size_t of_picture = static_cast<std::size_t>(kPlanes * h_ * w_);
  for (std::size_t i = 0; i < pixels_; ++i) {
    if (i / of_picture % kPictures >= kImages) dsum[i] = 0;
  }
  // Sums of up to some thousands of products, along rows and down columns.
  expect_adjoint(once, result, dsum, gradient, 64 * kEpsilon);
}

TEST_P(SharedLevelSums, EveryPictureOfAJobHasTheSameGradientAndOthersHaveNoPart) {
  const auto dsum = random_values(pixels_, -1, 1, 5);
  const auto gradient = adjoint(dsum);
  auto others = dsum;
  const std::size_t of_job = pixels_ / kJobs;
  for (std::size_t i = of_job; i < pixels_; ++i) others[i] = -others[i];
  const auto beside_others = adjoint(others);
  for (int picture = 0; picture < kJobs * kPictures; ++picture) {
    const int first = picture / kPictures * kPictures;
    for (std::int64_t i = 0; i < copy_; ++i) {
      ASSERT_EQ(gradient[at(picture, i)], gradient[at(first, i)]) << picture << "," << i;
      if (first == 0) {
        ASSERT_EQ(gradient[at(picture, i)], beside_others[at(picture, i)]) << i;
      }
    }
    for (std::int64_t i = -kGap; i < 0; ++i) ASSERT_EQ(gradient[at(picture, i)], 0) << "between copies";
  }
}

TEST_P(SharedLevelSums, ThreadsChangeNoBit) {
  const auto base = random_values(pixels_, -1, 1, 6);
  const auto values = random_values(values_, -1, 1, 7);
  EXPECT_TRUE(same_bits(sum(base, values, 1), sum(base, values, 4)));
  EXPECT_TRUE(same_bits(adjoint(base, 1), adjoint(base, 4)));
}

/// Integers and weights that are powers of two: nothing rounds.
TEST(SharedLevels, IntegersEnlargedTwofoldAreExact) {
  for (const auto& [h, w] : {std::pair{64, 64}, {2, 6}, {130, 34}}) {
    const std::vector<int> two = {2};
    const SharedLevelShape shape = shared_level_shape(two, h, w);
    const int lh = h / 2, lw = w / 2;
    ASSERT_EQ(shape.count, std::int64_t{lh} * lw);
    std::vector<float> level(static_cast<std::size_t>(shape.count));
    for (std::size_t i = 0; i < level.size(); ++i) level[i] = static_cast<float>(i % 13) * 4;
    std::vector<float> base(static_cast<std::size_t>(h * w), 3), result(base.size());
    cpu::shared_levels(threads(1),
                       {{base.data(), 1, 1, h, w}, {level.data(), 0}, shape, {result.data(), 1, 1, h, w}});
    const auto cell = [&](int row, int column) {
      return level[static_cast<std::size_t>(std::min(row, lh - 1) * lw + std::min(column, lw - 1))];
    };
    for (int y = 0; y < h; ++y) {
      for (int x = 0; x < w; ++x) {
        const float four = cell(y / 2, x / 2) + cell((y + 1) / 2, x / 2) + cell(y / 2, (x + 1) / 2) +
                           cell((y + 1) / 2, (x + 1) / 2);
        ASSERT_EQ(result[static_cast<std::size_t>(y * w + x)], 3 + four / 4) << y << "," << x;
      }
    }
  }
}

/// A size that no divisor divides: rounded up, so that no pixel lies beyond the last cell by a whole one.
TEST(SharedLevels, RoundTheirSizeUp) {
  const std::vector<int> divisors = {4, 16, 33};
  const SharedLevelShape shape = shared_level_shape(divisors, 33, 16);
  ASSERT_EQ(shape.levels, 3);
  EXPECT_EQ(shape.level[0].h, 9);
  EXPECT_EQ(shape.level[0].w, 4);
  EXPECT_EQ(shape.level[1].h, 3);
  EXPECT_EQ(shape.level[1].w, 1);
  EXPECT_EQ(shape.level[2].h, 1);
  EXPECT_EQ(shape.level[2].w, 1);
  EXPECT_EQ(shape.count, 9 * 4 + 3 + 1);
  EXPECT_EQ(shape.columns, 4 + 1 + 1);
}

INSTANTIATE_TEST_SUITE_P(Sizes, SharedLevelSums,
                         ::testing::Values(Case{64, 64, {4, 8, 16}}, Case{65, 50, {2}},
                                           Case{37, 131, {16, 3, 131, 1}}, Case{7, 5, {7, 1, 2, 3, 4, 5, 6}},
                                           Case{1, 1, {1}}, Case{3, 258, {64, 200}}),
                         [](const auto& info) {
                           return std::to_string(info.param.h) + "x" + std::to_string(info.param.w);
                         });

}  // namespace
}  // namespace limpid::shared_levels_test
