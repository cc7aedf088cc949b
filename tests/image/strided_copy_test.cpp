#include "kernels/ops/strided_copy.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <vector>

#include "tests/image/support.h"

namespace limpid {
namespace {

using namespace test;

TEST(StridedCopies, MoveRowsAndNothingBetweenThem) {
  // More than a block of elements, so that rows are shared out.
  constexpr int kRows = 3, kCount = 5001, kFromStride = 5010, kToStride = 6000;
  const auto from = random_values(kRows * kFromStride, -1, 1, 1);
  for (const int thread_count : {1, 4}) {
    FencedBuffer to(kRows * kToStride);
    std::fill(to.values().begin(), to.values().end(), 7.0F);
    cpu::strided_copy(threads(thread_count), {from.data(), kFromStride, to.data(), kToStride, kRows, kCount});
    EXPECT_TRUE(to.intact());
    for (int row = 0; row < kRows; ++row) {
      for (int i = 0; i < kToStride; ++i) {
        const float expected = i < kCount ? from[static_cast<std::size_t>(row * kFromStride + i)] : 7;
        ASSERT_EQ(to.values()[static_cast<std::size_t>(row * kToStride + i)], expected) << row << "," << i;
      }
    }
  }
}

TEST(StridedCopies, RepeatARow) {
  const std::vector<float> from = {1, 2, 3};
  FencedBuffer to(6);
  cpu::strided_copy(threads(2), {from.data(), 0, to.data(), 3, 2, 3});
  EXPECT_TRUE(to.intact());
  EXPECT_EQ(std::vector<float>(to.values().begin(), to.values().end()),
            (std::vector<float>{1, 2, 3, 1, 2, 3}));
}

}  // namespace
}  // namespace limpid
