#include "kernels/core/philox.h"

#include <gtest/gtest.h>

#include <array>
#include <cmath>
#include <set>
#include <tuple>

namespace limpid {
namespace {

std::array<std::uint32_t, 4> words(const PhiloxBlock& block) {
  return {block.word[0], block.word[1], block.word[2], block.word[3]};
}

TEST(Philox, ReproducesThePublishedVectors) {
  // Known answers of philox4x32-10 that its authors publish with Random123.
  EXPECT_EQ(words(philox4x32_10({{0, 0, 0, 0}}, 0, 0)),
            (std::array<std::uint32_t, 4>{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}));
  EXPECT_EQ(words(philox4x32_10({{~0u, ~0u, ~0u, ~0u}}, ~0u, ~0u)),
            (std::array<std::uint32_t, 4>{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}));
  EXPECT_EQ(words(philox4x32_10({{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}}, 0xa4093822, 0x299f31d0)),
            (std::array<std::uint32_t, 4>{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}));
}

TEST(Philox, EveryPartOfTheKeyChangesTheBlock) {
  const SlotKey key{7, 1, 2};
  std::set<std::array<std::uint32_t, 4>> blocks;
  blocks.insert(words(random_block(key, RandomPurpose::augmentation, 0)));
  blocks.insert(words(random_block(key, RandomPurpose::augmentation, 1)));
  blocks.insert(words(random_block(key, RandomPurpose::initial_values, 0)));
  blocks.insert(words(random_block({8, 1, 2}, RandomPurpose::augmentation, 0)));
  blocks.insert(words(random_block({7 + (std::uint64_t{1} << 32), 1, 2}, RandomPurpose::augmentation, 0)));
  blocks.insert(words(random_block({7, 3, 2}, RandomPurpose::augmentation, 0)));
  blocks.insert(words(random_block({7, 1, 4}, RandomPurpose::augmentation, 0)));
  blocks.insert(words(random_block({7, 1, 2}, RandomPurpose::augmentation, 0, 1)));
  blocks.insert(words(random_block({7, 1, 2}, RandomPurpose::view_noise, 0)));
  blocks.insert(words(random_block({7, 1, 2}, RandomPurpose::order, 0)));
  EXPECT_EQ(blocks.size(), 10u);
}

TEST(Philox, StreamGivesTheWordsOfItsBlocksInOrder) {
  const SlotKey key{11, 12, 13};
  RandomStream stream(key, RandomPurpose::augmentation);
  for (std::uint32_t position = 0; position < 3; ++position) {
    for (const std::uint32_t word : words(random_block(key, RandomPurpose::augmentation, position))) {
      EXPECT_EQ(stream.bits(), word);
    }
  }
}

TEST(Philox, IntegersBelowABoundAreUniform) {
  constexpr int kBound = 26, kDraws = 260000;
  std::array<int, kBound> count{};
  RandomStream stream({3, 0, 0}, RandomPurpose::augmentation);
  for (int i = 0; i < kDraws; ++i) ++count.at(stream.below(kBound));
  double chi_square = 0;
  for (const int c : count) chi_square += std::pow(c - kDraws / kBound, 2) / (kDraws / kBound);
  EXPECT_LT(chi_square, 52.6);  // 25 degrees of freedom, p = 0.001.
  EXPECT_EQ(stream.below(1), 0u);
}

TEST(Philox, IntegersAroundZeroReachBothEnds) {
  std::set<int> seen;
  RandomStream stream({4, 0, 0}, RandomPurpose::augmentation);
  for (int i = 0; i < 1000; ++i) seen.insert(stream.around_zero(4));
  EXPECT_EQ(seen, (std::set<int>{-4, -3, -2, -1, 0, 1, 2, 3, 4}));
  EXPECT_EQ(stream.around_zero(0), 0);
}

TEST(Philox, UnitValuesStayBelowOne) {
  EXPECT_EQ(uniform_unit(0), 0.0F);
  EXPECT_LT(uniform_unit(~0u), 1.0F);
}

TEST(Philox, NormalsAreFiniteAtTheEndsAndHaveTheMomentsOfANormal) {
  EXPECT_TRUE(std::isfinite(normal_pair(0, 0).first));
  EXPECT_LT(std::abs(normal_pair(0, 0).first), 5.8F);
  EXPECT_EQ(normal_pair(~0u, 0).first, 0.0F);
  constexpr int kPairs = 200000;
  double sum = 0, square = 0, fourth = 0, product = 0;
  RandomStream stream({5, 0, 0}, RandomPurpose::initial_values);
  for (int i = 0; i < kPairs; ++i) {
    const std::uint32_t bits0 = stream.bits(), bits1 = stream.bits();
    const NormalPair pair = normal_pair(bits0, bits1);
    for (const double x : {static_cast<double>(pair.first), static_cast<double>(pair.second)}) {
      sum += x;
      square += x * x;
      fourth += x * x * x * x;
    }
    product += static_cast<double>(pair.first) * static_cast<double>(pair.second);
  }
  constexpr double kCount = 2.0 * kPairs;  // Bounds are four standard deviations of each estimate.
  EXPECT_LT(std::abs(sum / kCount), 4 / std::sqrt(kCount));
  EXPECT_LT(std::abs(square / kCount - 1), 4 * std::sqrt(2 / kCount));
  EXPECT_LT(std::abs(fourth / kCount - 3), 4 * std::sqrt(96 / kCount));
  EXPECT_LT(std::abs(product / kPairs), 4 / std::sqrt(kPairs));
}

}  // namespace
}  // namespace limpid
