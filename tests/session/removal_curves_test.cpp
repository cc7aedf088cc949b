// What attributions are held against: insertion and deletion, other weights above, and products one by one.
#include "engine/attribution/removal_curves.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <numeric>

#include "engine/attribution/cotangent_products.h"
#include "engine/attribution/position_pairs.h"
#include "engine/session/queries.h"
#include "tests/session/session_use.h"
#include "tests/weights/support.h"
#include "weights/synthetic.h"

namespace limpid {
namespace {

using testing::expect_error;

constexpr int kSmallSide = 64;

std::shared_ptr<const Model> weights_of(std::uint64_t seed) {
  return std::make_shared<const Model>(synthetic_model("bvlc_googlenet", seed));
}

std::shared_ptr<const Model> usual_weights() {
  static const std::shared_ptr<const Model> instance = weights_of(5);
  return instance;
}

Image noise_photo() {
  return {kSmallSide, kSmallSide, test::noise_pictures({1, 3, kSmallSide, kSmallSide}, 1)};
}

AttributionRequest difference_of_logits(const std::string& layer) {
  AttributionRequest asked;
  asked.objective = parse_objective("logits:1 - logits:2", *usual_weights());
  asked.layer = layer;
  asked.points = GradientPoints::photo;
  return asked;
}

/// Spearman's rank correlation of values that are all different.
double rank_correlation(const std::vector<double>& a, const std::vector<double>& b) {
  const auto ranks = [](const std::vector<double>& values) {
    std::vector<std::size_t> order(values.size());
    std::iota(order.begin(), order.end(), std::size_t{0});
    std::ranges::sort(order, {}, [&](std::size_t i) { return values[i]; });
    std::vector<double> places(values.size());
    for (std::size_t i = 0; i < order.size(); ++i) places[order[i]] = static_cast<double>(i);
    return places;
  };
  const std::vector<double> x = ranks(a), y = ranks(b);
  const auto n = static_cast<double>(a.size());
  double squares = 0;
  for (std::size_t i = 0; i < x.size(); ++i) squares += (x[i] - y[i]) * (x[i] - y[i]);
  return 1 - 6 * squares / (n * (n * n - 1));
}

TEST(RemovalCurves, AreTheValuesOfMapsThatArePartlyTheBaselines) {
  // Of mixed5b on, logits are a mean over positions: the value at any mixture is that of the parts, added up.
  const AttributionRequest asked = difference_of_logits("mixed5b");
  const Attribution a = attribute(usual_weights(), noise_photo(), asked);
  ASSERT_EQ(a.height * a.width, 4);
  const RemovalCurves curves = removal_curves(usual_weights(), noise_photo(), asked, a, {4, 3, 7});
  EXPECT_EQ(curves.shares, (std::vector<double>{0, 0.25, 0.5, 0.75, 1}));
  const double change = a.value - a.baseline_value;
  std::vector<double> parts = a.by_position();
  for (double& part : parts) part /= change;
  std::ranges::sort(parts, std::greater());
  double put_in = 0;
  for (std::size_t i = 0; i <= 4; ++i) {
    EXPECT_NEAR(curves.insertion[i], put_in, 1e-4) << i;
    EXPECT_NEAR(curves.deletion[i], 1 - put_in, 1e-4) << i;
    if (i < 4) put_in += parts[i];
  }
  ASSERT_EQ(curves.random_insertion.size(), 3U);
  // Where parts add up no order is better.
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_LE(area_under(curves.shares, curves.random_insertion[i]),
              area_under(curves.shares, curves.insertion) + 1e-4);
    EXPECT_GE(area_under(curves.shares, curves.random_deletion[i]),
              area_under(curves.shares, curves.deletion) - 1e-4);
  }
  EXPECT_NE(curves.random_insertion[0], curves.random_insertion[1]);
  const RemovalCurves other = removal_curves(usual_weights(), noise_photo(), asked, a, {4, 3, 8});
  EXPECT_EQ(other.insertion, curves.insertion);
  EXPECT_NE(other.random_deletion, curves.random_deletion);
}

TEST(RemovalCurves, HaveAreasByTrapezoids) {
  EXPECT_DOUBLE_EQ(area_under({0, 1}, {0, 1}), 0.5);
  EXPECT_DOUBLE_EQ(area_under({0, 0.5, 1}, {0, 1, 1}), 0.75);
  // At unequal distances too.
  EXPECT_DOUBLE_EQ(area_under({0, 0.25, 1}, {0, 0.25, 1}), 0.5);
  EXPECT_DOUBLE_EQ(area_under({0, 0.25, 0.5, 1}, {1, 0, 0, 0}), 0.125);
}

TEST(RemovalCurves, TakeStepsThatDoNotDivideThePositions) {
  const AttributionRequest asked = difference_of_logits("mixed5b");
  const Attribution a = attribute(usual_weights(), noise_photo(), asked);
  const RemovalCurves each = removal_curves(usual_weights(), noise_photo(), asked, a, {4, 1, 7});
  const RemovalCurves three = removal_curves(usual_weights(), noise_photo(), asked, a, {3, 1, 7});
  EXPECT_EQ(three.shares, (std::vector<double>{0, 0.25, 0.5, 1}));
  for (const auto& [i, k] : {std::pair(0U, 0U), std::pair(1U, 1U), std::pair(2U, 2U), std::pair(3U, 4U)}) {
    EXPECT_EQ(three.insertion[i], each.insertion[k]) << i;
    EXPECT_EQ(three.random_deletion[0][i], each.random_deletion[0][k]) << i;
  }
  // There are no more steps than positions.
  const RemovalCurves many = removal_curves(usual_weights(), noise_photo(), asked, a, {32, 1, 7});
  EXPECT_EQ(many.shares, each.shares);
  EXPECT_EQ(many.insertion, each.insertion);
  EXPECT_EQ(many.deletion, each.deletion);
}

TEST(RemovalCurves, RefuseMapsOfAnotherSize) {
  AttributionRequest asked = difference_of_logits("mixed5b");
  Attribution a = attribute(usual_weights(), noise_photo(), asked);
  const Attribution above = attribute(usual_weights(), noise_photo(), difference_of_logits("mixed5a"));
  expect_error(ErrorKind::usage, {"832 x 2 x 2", "1024 x 2 x 2"}, [&] {
    removal_curves(usual_weights(), noise_photo(), asked, above, {4, 1, 0});
  });
  asked.baseline = {AttributionBaseline::Kind::photo, {96, 96, std::vector<float>(3 * 96 * 96)}};
  expect_error(ErrorKind::usage, {"the baseline's map", "of one size"}, [&] {
    removal_curves(usual_weights(), noise_photo(), asked, a, {4, 1, 0});
  });
}

TEST(RemovalCurves, RefuseCountsOutOfRange) {
  const AttributionRequest asked = difference_of_logits("mixed5b");
  const Attribution a = attribute(usual_weights(), noise_photo(), asked);
  expect_error(ErrorKind::usage, {"0 steps", "1 to 1000"}, [&] {
    removal_curves(usual_weights(), noise_photo(), asked, a, {0, 1, 0});
  });
  expect_error(ErrorKind::usage, {"-1 random orders"}, [&] {
    removal_curves(usual_weights(), noise_photo(), asked, a, {1, -1, 0});
  });
}

/// J. Adebayo et al. 2018, "Sanity Checks for Saliency Maps": a map that stays when the weights above are others explains nothing.
TEST(Attribution, IsAnotherWhereTheLayersAboveAreRandom) {
  const auto other = std::make_shared<Model>(*usual_weights());
  const std::shared_ptr<const Model> random = weights_of(99);
  for (std::size_t i = 0; i < other->layers.size(); ++i) {
    const std::string& name = other->layers[i].name;
    const bool above = name.starts_with("mixed4e") || name.starts_with("mixed5") || name == "logits";
    if (above) other->layers[i] = random->layers[i];
  }
  for (const auto points : {GradientPoints::photo, GradientPoints::path}) {
    AttributionRequest asked = difference_of_logits("mixed4d");
    asked.points = points;
    asked.path = {0.1, 32, false};
    const Attribution before = attribute(usual_weights(), noise_photo(), asked);
    const Attribution after = attribute(other, noise_photo(), asked);
    // The layer itself is the same; where it is zero so are both.
    std::vector<double> a, b;
    for (std::size_t i = 0; i < before.values.size(); ++i) {
      if (before.values[i] == 0 && after.values[i] == 0) continue;
      a.push_back(double{before.values[i]});
      b.push_back(double{after.values[i]});
    }
    ASSERT_GT(a.size(), 500U);
    EXPECT_LT(std::abs(rank_correlation(a, b)), 0.5);
    EXPECT_GT(rank_correlation(a, a), 0.999);
  }
}

TEST(CotangentProducts, AreThoseOfPositionPairs) {
  const Image seen = noise_photo();
  const PositionPairs pairs = attribute_positions(usual_weights(), seen, "mixed5a", "mixed4d");
  const Activations above = activations(*usual_weights(), seen, "mixed5a");
  const Activations below = activations(*usual_weights(), seen, "mixed4d");
  const auto positions = static_cast<std::size_t>(above.height * above.width);
  std::vector<std::vector<float>> cotangents;
  for (std::size_t p = 0; p < positions; ++p) {
    std::vector<float>& cotangent = cotangents.emplace_back(above.values.size());
    for (std::size_t i = p; i < cotangent.size(); i += positions)
      cotangent[i] = above.values[i] / pairs.lengths[p];
  }
  const CotangentProducts products =
      cotangent_products(usual_weights(), "mixed5a", "mixed4d", below, cotangents);
  EXPECT_EQ(products.upper, above.values);
  const auto plane = static_cast<std::size_t>(below.height * below.width);
  for (std::size_t p = 0; p < positions; ++p) {
    for (std::size_t q = 0; q < plane; ++q) {
      double sum = 0, size = 0;
      for (std::size_t i = q; i < products.products[p].size(); i += plane) {
        sum += double{products.products[p][i]};
        size += std::abs(double{products.products[p][i]});
      }
      // The cotangents are rounded another way.
      EXPECT_NEAR(sum, pairs.values[p * plane + q], 1e-5 * size) << p << ' ' << q;
    }
  }
}

}  // namespace
}  // namespace limpid
