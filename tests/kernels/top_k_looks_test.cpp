// How often TopK looks at a position: each look goes through all its channels.
#include <gtest/gtest.h>

#include <cmath>
#include <vector>

#include "kernels/ops/top_k.body.h"

namespace limpid {
namespace {

TEST(TopKRule, LooksNoOftenerThanItHasTo) {
  std::vector<float> values;
  for (int i = 0; i < 256; ++i) values.push_back(std::exp(static_cast<float>(i * 37 % 256) / 64));
  int looks = 0;
  const auto count = [&](const TopKRule& rule) {
    ++looks;
    int sum = 0;
    for (std::size_t c = 0; c < values.size(); ++c) sum += rule.keeps(values[c], static_cast<int>(c)) ? 1 : 0;
    return sum;
  };
  EXPECT_EQ(count(find_top_k(256, 256, count)), 256);
  EXPECT_EQ(looks, 2) << "no more than these are positive";
  looks = 0;
  EXPECT_EQ(count(find_top_k(32, 256, count)), 32);
  // Neighbours are 1/64 apart, relatively: 9 bits of exponent and sign, 7 of the fraction, before and after one look each.
  EXPECT_LE(looks, 18);
}

}  // namespace
}  // namespace limpid
