#include "kernels/core/group.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <cstring>
#include <limits>

namespace limpid::group_test {
namespace {

constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
constexpr float kInfinity = std::numeric_limits<float>::infinity();

using Lanes = std::array<float, kGroup>;

Group group(const Lanes& lanes) {
  return load_group(lanes.data());
}

Lanes lanes(const Group& x) {
  Lanes result;
  store_group(result.data(), x);
  return result;
}

/// Equal, NaN counting as equal to NaN.
void expect_lanes(const Group& actual, const Lanes& expected) {
  const Lanes values = lanes(actual);
  for (std::size_t i = 0; i < kGroup; ++i) {
    if (std::isnan(expected[i])) {
      EXPECT_TRUE(std::isnan(values[i])) << "lane " << i << " is " << values[i];
    } else {
      EXPECT_EQ(values[i], expected[i]) << "lane " << i;
    }
  }
}

constexpr Lanes kA = {1, -2, 3, -4, 0.5F, 6, -7, 8};
constexpr Lanes kB = {2, -1, 3, 4, -8, 0.25F, 16, -2};

TEST(GroupArithmetic, IsLaneByLane) {
  expect_lanes(splat(2.5F), {2.5F, 2.5F, 2.5F, 2.5F, 2.5F, 2.5F, 2.5F, 2.5F});
  expect_lanes(group(kA) + group(kB), {3, -3, 6, 0, -7.5F, 6.25F, 9, 6});
  expect_lanes(group(kA) - group(kB), {-1, -1, 0, -8, 8.5F, 5.75F, -23, 10});
  expect_lanes(group(kA) * group(kB), {2, 2, 9, -16, -4, 1.5F, -112, -16});
  expect_lanes(group(kA) / group(kB), {0.5F, 2, 1, -1, -0.0625F, 24, -0.4375F, -4});
  expect_lanes(square_root(group({0, 1, 4, 2.25F, kInfinity, -1, kNaN, 0.0625F})),
               {0, 1, 2, 1.5F, kInfinity, kNaN, kNaN, 0.25F});
}

TEST(GroupArithmetic, MultiplyAddIsAProductAndASum) {
  expect_lanes(multiply_add(group(kA), group(kB), splat(0.5F)),
               {2.5F, 2.5F, 9.5F, -15.5F, -3.5F, 2, -111.5F, -15.5F});
#if defined(__FMA__)
  // (1 + e)^2 - 1 - 2 e = e^2 survives in one rounding only.
  constexpr float e = 0x1p-20F;
  const Group sum = multiply_add(splat(1 + e), splat(1 + e), splat(-1 - 2 * e));
  expect_lanes(sum, {e * e, e * e, e * e, e * e, e * e, e * e, e * e, e * e});
#endif
}

TEST(GroupSelection, TakesTheFirstWhereTheConditionHolds) {
  const Lanes x = {1, 2, 3, kNaN, 1, -kInfinity, 0, -0.0F};
  const Lanes limit = {2, 2, 2, 2, kNaN, 0, -0.0F, 0};
  expect_lanes(select_greater(group(x), group(limit), group(kA), group(kB)),
               {kB[0], kB[1], kA[2], kB[3], kB[4], kB[5], kB[6], kB[7]});
  expect_lanes(select_at_most(group(x), group(limit), group(kA), group(kB)),
               {kA[0], kA[1], kB[2], kB[3], kB[4], kA[5], kA[6], kA[7]});
}

TEST(GroupSelection, MaskPositiveIsAReluThatKeepsNaN) {
  const Lanes y = {1, 0, -0.0F, -1, kNaN, kInfinity, -kInfinity, 1e-40F};
  expect_lanes(mask_positive(group(kA), group(y)), {kA[0], 0, 0, 0, kA[4], kA[5], 0, kA[7]});
  expect_lanes(mask_positive(group(y), group(y)), {1, 0, 0, 0, kNaN, kInfinity, 0, 1e-40F});
}

TEST(GroupSelection, PoisonSpreadsNaNAlone) {
  expect_lanes(poison(group(kA), group({0, kNaN, kInfinity, -kInfinity, -kNaN, 1, -1, 0})),
               {kA[0], kNaN, kA[2], kA[3], kNaN, kA[5], kA[6], kA[7]});
}

TEST(GroupBytes, AreStoredAndSelected) {
  std::array<std::uint8_t, kGroup + 2> bytes;
  bytes.fill(77);
  store_bytes(bytes.data() + 1, group({0, 1, 2, 127, 128, 200, 254, 255}));
  EXPECT_EQ(bytes, (std::array<std::uint8_t, kGroup + 2>{77, 0, 1, 2, 127, 128, 200, 254, 255, 77}));
  expect_lanes(select_byte(load_bytes(bytes.data() + 1), 128, group(kA)), {0, 0, 0, 0, kA[4], 0, 0, 0});
  expect_lanes(select_byte(load_bytes(bytes.data() + 1), 255, group(kA)), {0, 0, 0, 0, 0, 0, 0, kA[7]});
  bytes.fill(3);
  expect_lanes(select_byte(load_bytes(bytes.data()), 3, group(kA)), kA);
  // What is not selected is zero, were it NaN.
  expect_lanes(select_byte(load_bytes(bytes.data()), 4, splat(kNaN)), {});
}

template <int Shift>
void expect_shifted() {
  std::array<float, 3 * kGroup> x;
  for (std::size_t i = 0; i < x.size(); ++i) x[i] = static_cast<float>(i);
  Lanes expected;
  std::memcpy(expected.data(), x.data() + (kGroup + Shift), sizeof expected);
  SCOPED_TRACE(Shift);
  expect_lanes(
      shifted<Shift>(load_group(x.data()), load_group(x.data() + kGroup), load_group(x.data() + 2 * kGroup)),
      expected);
}

TEST(GroupShift, TakesEightNeighboursOfTwentyFour) {
  expect_shifted<-7>();
  expect_shifted<-5>();
  expect_shifted<-2>();
  expect_shifted<-1>();
  expect_shifted<0>();
  expect_shifted<1>();
  expect_shifted<2>();
  expect_shifted<5>();
  expect_shifted<7>();
}

template <class T>
class GroupMemory : public ::testing::Test {};
using Types = ::testing::Types<float, f16, bf16>;
TYPED_TEST_SUITE(GroupMemory, Types);

TYPED_TEST(GroupMemory, LoadsAndStoresEightNeighbours) {
  std::array<TypeParam, kGroup + 2> memory;
  memory.fill(from_f32<TypeParam>(99));
  store_group(memory.data() + 1, group(kA));  // All exact in every type.
  expect_lanes(load_group(memory.data() + 1), kA);
  EXPECT_EQ(to_f32(memory.front()), 99.0F);
  EXPECT_EQ(to_f32(memory.back()), 99.0F);
}

TYPED_TEST(GroupMemory, StoresRounded) {
  std::array<TypeParam, kGroup> memory;
  const Lanes x = {1.0001F, 3.14159274F, -1e-3F, 65519, 1e-7F, kInfinity, kNaN, -0.1F};
  store_group(memory.data(), group(x));
  Lanes expected;
  for (std::size_t i = 0; i < kGroup; ++i) expected[i] = to_f32(from_f32<TypeParam>(x[i]));
  expect_lanes(load_group(memory.data()), expected);
}

}  // namespace
}  // namespace limpid::group_test
