// The 16-bit storage types: every pattern, and every place where rounding turns.
#include "kernels/core/dtype.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>

namespace limpid {
namespace {

/// A binary floating-point format, by its definition in IEEE 754.
struct Format {
  int exponent_bits, mantissa_bits;

  unsigned infinity() const { return ((1U << exponent_bits) - 1) << mantissa_bits; }
  bool is_nan(unsigned bits) const { return (bits & 0x7fff) > infinity(); }

  /// Value of a pattern that is not NaN; the pattern of infinity counts as the power of two that it follows
  /// on, which is what rounding sees there.
  double value(unsigned bits) const {
    const int exponent = static_cast<int>((bits & 0x7fff) >> mantissa_bits);
    const int mantissa = static_cast<int>(bits & ((1U << mantissa_bits) - 1));
    const int bias = (1 << (exponent_bits - 1)) - 1;
    const int significand = exponent == 0 ? mantissa : mantissa + (1 << mantissa_bits);
    const double magnitude = std::ldexp(significand, std::max(exponent, 1) - bias - mantissa_bits);
    return (bits & 0x8000) != 0 ? -magnitude : magnitude;
  }
};

template <class T>
Format format();
template <>
Format format<f16>() {
  return {5, 10};
}
template <>
Format format<bf16>() {
  return {8, 7};
}

template <class T>
class SixteenBits : public ::testing::Test {};
using Types = ::testing::Types<f16, bf16>;
TYPED_TEST_SUITE(SixteenBits, Types);

TYPED_TEST(SixteenBits, EveryPatternIsItsValueAndComesBack) {
  const Format f = format<TypeParam>();
  for (unsigned bits = 0; bits < 0x10000; ++bits) {
    const TypeParam x{static_cast<std::uint16_t>(bits)};
    const float value = to_f32(x);
    const unsigned back = from_f32<TypeParam>(value).bits;
    if (f.is_nan(bits)) {
      ASSERT_TRUE(std::isnan(value)) << bits;
      ASSERT_TRUE(f.is_nan(back)) << bits;
      continue;
    }
    if ((bits & 0x7fff) == f.infinity()) {
      ASSERT_TRUE(std::isinf(value)) << bits;
    } else {
      ASSERT_EQ(static_cast<double>(value), f.value(bits)) << bits;
    }
    ASSERT_EQ(std::signbit(value), (bits & 0x8000) != 0) << bits;
    ASSERT_EQ(back, bits);
  }
}

TYPED_TEST(SixteenBits, RoundsToNearestEven) {
  // Between each two neighbours: the middle goes to the even one, what lies to either side of it to the
  // nearer.
  const Format f = format<TypeParam>();
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  for (unsigned sign : {0U, 0x8000U}) {
    for (unsigned low = 0; low < f.infinity(); ++low) {
      const unsigned high = low + 1;
      const float middle = static_cast<float>((f.value(low | sign) + f.value(high | sign)) / 2);  // Exact.
      const unsigned even = low % 2 == 0 ? low : high;
      ASSERT_EQ(from_f32<TypeParam>(middle).bits, even | sign) << low;
      ASSERT_EQ(from_f32<TypeParam>(std::nextafter(middle, 0.0F)).bits, low | sign) << low;
      ASSERT_EQ(from_f32<TypeParam>(std::nextafter(middle, sign == 0 ? kInfinity : -kInfinity)).bits,
                high | sign)
          << low;
    }
  }
}

TYPED_TEST(SixteenBits, KeepsWhatIsNotFinite) {
  constexpr float kInfinity = std::numeric_limits<float>::infinity();
  const Format f = format<TypeParam>();
  EXPECT_EQ(from_f32<TypeParam>(kInfinity).bits, f.infinity());
  EXPECT_EQ(from_f32<TypeParam>(-kInfinity).bits, f.infinity() | 0x8000);
  EXPECT_EQ(from_f32<TypeParam>(std::numeric_limits<float>::max()).bits, f.infinity());
  // NaNs whose set bits all lie below the kept ones, above them, and everywhere.
  for (const std::uint32_t bits : {0x7f800001U, 0xff800001U, 0x7fc00000U, 0x7fffffffU, 0xffffffffU}) {
    float nan;
    std::memcpy(&nan, &bits, sizeof nan);
    EXPECT_TRUE(f.is_nan(from_f32<TypeParam>(nan).bits)) << bits;
  }
}

TEST(DTypes, HaveSizesAndNames) {
  EXPECT_EQ(size_of(DType::f32), 4U);
  EXPECT_EQ(size_of(DType::f16), 2U);
  EXPECT_EQ(size_of(DType::bf16), 2U);
  EXPECT_STREQ(name_of(DType::f32), "fp32");
  EXPECT_STREQ(name_of(DType::f16), "fp16");
  EXPECT_STREQ(name_of(DType::bf16), "bf16");
  EXPECT_EQ(DTypeOf<float>::value, DType::f32);
  EXPECT_EQ(DTypeOf<f16>::value, DType::f16);
  EXPECT_EQ(DTypeOf<bf16>::value, DType::bf16);
}

}  // namespace
}  // namespace limpid
