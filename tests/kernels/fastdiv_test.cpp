#include "kernels/core/fastdiv.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>

namespace limpid {
namespace {

constexpr std::int32_t kMost = std::numeric_limits<std::int32_t>::max();

void expect_exact(std::int32_t n, std::int32_t divisor) {
  const FastDivisor::Result result = FastDivisor(divisor).divide(n);
  ASSERT_EQ(result.quotient, n / divisor) << n << " / " << divisor;
  ASSERT_EQ(result.remainder, n % divisor) << n << " / " << divisor;
}

TEST(FastDivisor, IsExactForSmallDivisorsAroundEveryMultiple) {
  for (std::int32_t divisor = 1; divisor <= 1100; ++divisor) {
    for (std::int32_t n = 0; n <= 3000; ++n) expect_exact(n, divisor);
    for (std::int64_t near = kMost; near > kMost - 3 * std::int64_t{divisor}; --near) {
      expect_exact(static_cast<std::int32_t>(near), divisor);
    }
  }
}

TEST(FastDivisor, IsExactForAnyPair) {
  std::mt19937 random(1);
  std::uniform_int_distribution<std::int32_t> n(0, kMost), bits(0, 30);
  for (int i = 0; i < 1000000; ++i) {
    const std::int32_t divisor = (n(random) >> bits(random)) | 1;
    const std::int32_t dividend = n(random);
    expect_exact(dividend, divisor);
    expect_exact(dividend - dividend % divisor, divisor);
    if (dividend >= divisor) expect_exact(dividend - dividend % divisor - 1, divisor);
  }
}

TEST(FastDivisor, TakesTheLargestNumbers) {
  for (const std::int32_t divisor : {1, 2, 3, 1 << 30, (1 << 30) + 1, kMost - 1, kMost}) {
    for (const std::int32_t n : {0, 1, 2, divisor - 1, divisor, kMost - 1, kMost}) expect_exact(n, divisor);
  }
}

}  // namespace
}  // namespace limpid
