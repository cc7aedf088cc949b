#include "weights/compare.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <stdexcept>

#include "tests/weights/support.h"

namespace limpid {
namespace {

using testing::change_rules;
using testing::narrow_model;

using Values = std::vector<float>;

TEST(Difference, IsZeroForEqualValues) {
  const Difference none = difference(Values{1, -2, 0}, Values{1, -2, -0.0F});
  EXPECT_TRUE(none.equal);
  EXPECT_EQ(none.max_abs, 0);
  EXPECT_EQ(none.relative_l2, 0);
  EXPECT_TRUE(none.within(0));
  EXPECT_TRUE(difference(Values{}, Values{}).equal);
}

TEST(Difference, MeasuresTheLargestAndTheWhole) {
  const Difference apart = difference(Values{3, 4, 0}, Values{3, 1, 4});
  EXPECT_FALSE(apart.equal);
  EXPECT_EQ(apart.max_abs, 4);
  EXPECT_EQ(apart.relative_l2, 1);  // |(0, -3, 4)| / |(3, 4, 0)|
  EXPECT_TRUE(apart.within(1));
  EXPECT_FALSE(apart.within(0.999));
}

TEST(Difference, OfZeroIsInfinitelyLarge) {
  EXPECT_EQ(difference(Values{0, 0}, Values{0, 1}).relative_l2, std::numeric_limits<double>::infinity());
  EXPECT_EQ(difference(Values{0, 1}, Values{0, 0}).relative_l2, 1);
}

TEST(Difference, OfNaNIsWithinNothing) {
  const float nan = std::numeric_limits<float>::quiet_NaN();
  for (const auto& [a, b] : {std::pair(Values{1, nan}, Values{1, 1}), std::pair(Values{nan}, Values{nan}),
                             std::pair(Values{1, 2}, Values{nan, 2})}) {
    const Difference apart = difference(a, b);
    EXPECT_FALSE(apart.equal);
    EXPECT_TRUE(std::isnan(apart.max_abs));
    EXPECT_FALSE(apart.within(1e30));
  }
}

TEST(Difference, NeedsAsManyValues) {
  EXPECT_THROW(difference(Values{1}, Values{1, 2}), std::invalid_argument);
}

TEST(CompareTensors, NamesEachAndFindsTheOneThatDiffers) {
  const Model a = narrow_model("inception5h");
  Model b = a;
  b.layers[4].filter[3] += 0.5F;
  const std::vector<TensorComparison> rows = compare_tensors(a, b);
  ASSERT_EQ(rows.size(), 2 * a.layers.size());
  EXPECT_EQ(rows[0].name, "conv2d0.weight");
  EXPECT_EQ(rows[0].shape_a, "2x3x7x7");
  EXPECT_EQ(rows[1].name, "conv2d0.bias");
  EXPECT_EQ(rows[1].shape_b, "2");
  for (const TensorComparison& row : rows) {
    EXPECT_EQ(row.difference.equal, row.name != "mixed3a_3x3_bottleneck.weight") << row.name;
  }
  EXPECT_EQ(rows[8].difference.max_abs, 0.5);
}

TEST(CompareTensors, OfDifferentShapesAreApart) {
  const Model a = narrow_model("inception5h");
  Model b = a;
  ConvLayer& logits = b.layers.back();
  logits.k = 1;
  logits.filter.resize(logits.filter.size() / 3);
  logits.bias.resize(1);
  const TensorComparison row = compare_tensors(a, b).back();
  EXPECT_FALSE(row.same_shape());
  EXPECT_FALSE(row.difference.equal);
  EXPECT_FALSE(row.difference.within(1e30));
}

TEST(CompareRules, NamesThoseThatDifferButNotTheOriginOrLabels) {
  const Model a = narrow_model("bvlc_googlenet");
  Model b = a;
  b.provenance = {"another", "elsewhere", std::string(64, 'a'), "a licence", "on other pictures"};
  b.classes = {"one", "two", "three"};
  EXPECT_TRUE(compare_rules(a, b).empty());
  change_rules(b, [](InceptionRules& rules) {
    rules.pool_sizes[3] = 2;
    rules.lrn = {};
  });
  b.input.mean[2] = 0.5F;
  const std::vector<RuleComparison> rules = compare_rules(a, b);
  std::vector<std::string> names;
  for (const RuleComparison& rule : rules) names.push_back(rule.name);
  EXPECT_EQ(names, (std::vector<std::string>{"input_mean", "lrn", "lrn_alpha", "lrn_beta", "lrn_bias",
                                             "lrn_radius", "pool_sizes"}));
  EXPECT_EQ(rules[1].a, "across_channels");
  EXPECT_EQ(rules[1].b, "none");
  EXPECT_EQ(rules[5].b, "none");
  EXPECT_EQ(rules[6].b, "[3,3,3,2]");
}

}  // namespace
}  // namespace limpid
