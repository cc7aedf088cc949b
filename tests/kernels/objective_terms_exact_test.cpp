// Objectives that look along vectors and at other images, of values whose result is known without their formula:
// whole numbers, lengths of right triangles, nothing, NaN.
#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <random>
#include <vector>

#include "tests/kernels/seeded.h"
#include "tests/kernels/terms_of_table.h"

namespace limpid {
namespace {

using namespace test;
using reference::Map;

/// Whole numbers on 4 x 4 maps of 16 channels: every mean is exact.
class ExactTerms : public ::testing::Test {
 protected:
  static constexpr ActivationShape kShape{4, 16, 4, 4};

  ExactTerms() : map_(batch()) {}

  static Batch batch() {
    std::mt19937 random(11);
    return integer_batch(random, kShape, 7);
  }

  Batch map_;
};

TEST_F(ExactTerms, Direction) {
  std::vector<float> vector(16);
  for (int c = 0; c < 16; ++c) vector[static_cast<std::size_t>(c)] = static_cast<float>(c - 5);
  SlotTerm term;
  term.kind = TermKind::direction;
  term.channels = 16;
  term.weight = 2;
  term.vector = vector.data();
  Seeded run(map_.activations, std::vector<SlotTerm>(4, term), 1, 1);
  for (int n = 0; n < 4; ++n) {
    const Map& map = map_.maps[static_cast<std::size_t>(n)];
    double sum = 0;
    for (int c = 0; c < 16; ++c) {
      for (std::size_t i = 0; i < 16; ++i) sum += map.plane(c)[i] * (c - 5);
    }
    EXPECT_EQ(run.values[static_cast<std::size_t>(n)], sum / 8);
    run.gradient.for_each(
        [&](float g, int, int c, int, int) { ASSERT_EQ(g, static_cast<float>(c - 5) / 8); });
  }
}

/// Channels of lengths 5 and 13, along vectors of lengths 5 and 0: what they are short of whole numbers is the
/// 1e-4 that is added to each length.
TEST(ExactCosine, IsThatOfTheAngleAlone) {
  const ActivationShape shape{2, 8, 2, 2};
  Activations map(shape), gradient(shape);
  map.for_each([](float& element, int n, int c, int h, int w) {
    const bool strong = n == 1;
    const float pair[2][2] = {{3, 4}, {-5, 12}};
    element = c < 2 && w == 0 ? (strong ? 1024.0F : 1.0F) * pair[h][c] : 0.0F;  // Where w is 1, nothing.
  });
  const std::vector<float> vector = {4, 3, 0, 0, 0, 0, 0, 0};
  SlotTerm whole;
  whole.kind = TermKind::cosine;
  whole.channels = 8;
  whole.weight = 4;
  whole.vector = vector.data();
  SlotTerm one = whole;
  one.y = 1;
  one.box_h = one.box_w = 1;
  one.column = 1;
  Seeded run(map, {whole, one, whole, one}, 2, 1);
  const double along = 24.0 / (5.0001 * 5.0001), against = 16.0 / (13.0001 * 5.0001);
  EXPECT_DOUBLE_EQ(run.values[0], along + against);
  EXPECT_DOUBLE_EQ(run.values[1], 4 * against);
  // A thousand times as strong, nearly the same: the sum of both lengths' shares of 1e-4.
  EXPECT_NEAR(run.values[2], run.values[0], 1e-4 * (1.0 / 5 + 1.0 / 13));
  for (int w = 0; w < 2; ++w) {
    for (int h = 0; h < 2; ++h) {
      for (int c = 0; c < 8; ++c) {
        const double x[2] = {h == 0 ? 3.0 : -5.0, h == 0 ? 4.0 : 12.0}, length = h == 0 ? 5 : 13;
        const double cosine = h == 0 ? along : against;
        const double v = c < 2 ? double{vector[static_cast<std::size_t>(c)]} : 0;
        const double own = c < 2 ? x[c] : 0;
        const double expected =
            w == 1 ? 0 : v / ((1e-4 + length) * 5.0001) - cosine * own / ((1e-4 + length) * length);
        const double actual = static_cast<double>(run.gradient.at(0, c, h, w));
        EXPECT_NEAR(actual, expected, 4 * kEpsilon) << c << " " << h << " " << w;
      }
    }
  }
}

TEST_F(ExactTerms, MatchAndItsTies) {
  SlotTerm term;
  term.kind = TermKind::match;
  term.channels = 16;
  term.weight = 256;
  term.reference = 3;
  Seeded run(map_.activations, std::vector<SlotTerm>(4, term), 1, 1);
  const Map& other = map_.maps[3];
  int ties = 0;
  for (int n = 0; n < 4; ++n) {
    const Map& map = map_.maps[static_cast<std::size_t>(n)];
    double sum = 0;
    for (std::size_t i = 0; i < map.values.size(); ++i) sum += std::abs(map.values[i] - other.values[i]);
    EXPECT_EQ(run.values[static_cast<std::size_t>(n)], -sum);
    const Map gradient = run.gradient.map(n);
    for (std::size_t i = 0; i < map.values.size(); ++i) {
      const double difference = map.values[i] - other.values[i];
      ties += n < 3 && difference == 0 ? 1 : 0;
      ASSERT_EQ(gradient.values[i], difference > 0 ? -1 : difference < 0 ? 1 : 0);
    }
  }
  EXPECT_GT(ties, 10);
}

TEST_F(ExactTerms, Alignment) {
  SlotTerm term;
  term.kind = TermKind::align;
  term.channels = 16;
  term.weight = 256;
  term.group_count = 4;
  Seeded run(map_.activations, std::vector<SlotTerm>(4, term), 1, 1);
  for (int n = 0; n < 4; ++n) {
    double value = 0;
    Map slope(16, 4, 4);
    for (int m = 0; m < 4; ++m) {
      for (std::size_t i = 0; i < slope.values.size() && m != n; ++i) {
        const double difference = map_.maps[static_cast<std::size_t>(n)].values[i] -
                                  map_.maps[static_cast<std::size_t>(m)].values[i];
        const double factor = std::ldexp(1.0, -std::abs(n - m));
        if (m > n) value -= factor * difference * difference;
        slope.values[i] -= 2 * factor * difference;
      }
    }
    EXPECT_EQ(run.values[static_cast<std::size_t>(n)], value);
    EXPECT_EQ(run.gradient.map(n).values, slope.values);
  }
}

TEST(TermsAtZero, ACosineOfNothingHasAFiniteGradient) {
  const ActivationShape shape{1, 8, 2, 2};
  Activations map(shape);
  map.for_each([](float& element, int, int, int, int) { element = 0; });
  const std::vector<float> vector(8, 3);
  SlotTerm term;
  term.kind = TermKind::direction;
  term.channels = 8;
  term.cosine_power = 1;
  term.vector = vector.data();
  Seeded run(map, {term}, 1, 1);
  EXPECT_EQ(run.values[0], 0);
  run.gradient.for_each(
      [](float g, int, int, int, int) { ASSERT_NEAR(static_cast<double>(g), 0.1 * 3 / 4, 1e-7); });
}

TEST(TermsNotFinite, ANaNReachesTheValueOfEveryTermThatReadsIt) {
  const ActivationShape shape{3, 16, 3, 3};
  Activations map(shape);
  map.for_each([](float& element, int, int, int, int) { element = 1; });
  map.at(1, 9, 1, 2) = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> vector(16 * 9, 1);
  SlotTerm given;
  given.channel = 9;
  given.channels = 16;
  given.y = 1;
  given.x = 2;
  given.vector = vector.data();
  given.reference = 1;
  given.group_count = 3;
  for (const SlotTerm& term : seed_terms(given, shape.h, shape.w, {0, 2})) {
    const TermRow& row = row_of(term.kind);
    SCOPED_TRACE(row.example);
    SCOPED_TRACE(term.box_h);
    Seeded run(map, {term, term, term}, 1, 1);
    EXPECT_EQ(std::isnan(run.values[0]), row.reads_photo() || row.compares_images);
    EXPECT_TRUE(std::isnan(run.values[1]));
    EXPECT_EQ(std::isnan(run.values[2]),
              row.reads_photo());  // Of a group it is the last, with none after it.
  }
}

}  // namespace
}  // namespace limpid
