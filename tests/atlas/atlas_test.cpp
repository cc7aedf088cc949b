// What an atlas is made of, by definition and brute force.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>
#include <tuple>
#include <vector>

#include "engine/atlas/atlas_cells.h"
#include "engine/atlas/fuzzy_graph.h"
#include "engine/atlas/nearest_neighbours.h"
#include "engine/atlas/principal_plane.h"
#include "engine/atlas/trustworthiness.h"
#include "engine/atlas/umap_layout.h"
#include "engine/atlas/whitening.h"
#include "engine/network/threads.h"
#include "kernels/core/error.h"
#include "kernels/core/philox.h"

namespace limpid::testing {
namespace {

constexpr std::size_t kChannels = 19;

/// Whole numbers from -3 to 3.
std::vector<float> whole_numbers(std::size_t count, std::uint32_t seed) {
  RandomStream random({seed, 0, 0}, RandomPurpose::direction);
  std::vector<float> values;
  for (std::size_t i = 0; i < count; ++i) values.push_back(static_cast<float>(random.around_zero(3)));
  return values;
}

/// `each` vectors around each of `clusters` corners: one channel of each is strong.
std::vector<float> planted_clusters(std::size_t clusters, std::size_t each) {
  RandomStream random({5, 0, 0}, RandomPurpose::direction);
  std::vector<float> values;
  for (std::size_t i = 0; i < clusters * each; ++i) {
    for (std::size_t c = 0; c < kChannels; ++c)
      values.push_back(uniform_unit(random.bits()) + (c == i / each ? 4.0F : 0.0F));
  }
  return values;
}

std::vector<float> layout_of(const std::vector<float>& vectors, const Stream& stream, int epochs = 100) {
  const RowProducts products = RowProducts::of_unit_rows(vectors, kChannels);
  const FuzzyGraph graph = fuzzy_graph(neighbours_by_product(products, 10, stream));
  LayoutOptions options;
  options.epochs = epochs;
  return umap_layout(graph, principal_plane(vectors, kChannels, stream), options, stream);
}

float product_of(const std::vector<float>& vectors, std::size_t a, std::size_t b) {
  float sum = 0;
  for (std::size_t c = 0; c < kChannels; ++c) sum += vectors[a * kChannels + c] * vectors[b * kChannels + c];
  return sum;
}

TEST(Neighbours, AreThoseOfBruteForce) {
  // Whole numbers are summed exactly, and have many ties; 131 rows fill neither groups nor blocks.
  constexpr std::size_t count = 131, each = 7;
  const std::vector<float> vectors = whole_numbers(count * kChannels, 1);
  const Neighbours found = neighbours_by_product(RowProducts(vectors, kChannels), each);
  for (std::size_t i = 0; i < count; ++i) {
    std::vector<std::tuple<float, std::uint32_t>> all;
    for (std::size_t j = 0; j < count; ++j) {
      if (j != i) all.emplace_back(-product_of(vectors, i, j), static_cast<std::uint32_t>(j));
    }
    std::ranges::sort(all);
    for (std::size_t k = 0; k < each; ++k) {
      EXPECT_EQ(found.other[i * each + k], std::get<1>(all[k])) << i << " " << k;
      EXPECT_EQ(found.product[i * each + k], -std::get<0>(all[k])) << i << " " << k;
    }
  }
}

TEST(Neighbours, AreFewerThanVectors) {
  const RowProducts three(whole_numbers(3 * kChannels, 1), kChannels);
  EXPECT_EQ(neighbours_by_product(three, 2).other.size(), 6U);
  EXPECT_THROW(neighbours_by_product(three, 3), Error);
  EXPECT_THROW(neighbours_by_product(three, 0), Error);
  EXPECT_THROW(RowProducts(std::vector<float>(5), 3), Error);
  EXPECT_THROW(RowProducts({}, 3), Error);
}

TEST(FuzzyGraphTest, StrengthsAddUpAndEdgesAreSeenFromBothEnds) {
  // Two vectors that are each other's nearest, and a third nearer to the second.
  const Neighbours neighbours{2, {1, 2, 0, 2, 1, 0}, {0.9F, 0.5F, 0.9F, 0.8F, 0.8F, 0.5F}};
  const FuzzyGraph graph = fuzzy_graph(neighbours);
  EXPECT_EQ(graph.first, (std::vector<std::size_t>{0, 2, 4, 6}));
  EXPECT_EQ(graph.other, (std::vector<std::uint32_t>{1, 2, 0, 2, 0, 1}));
  // Of each vector: 1 for the nearest, log2(3) - 1 for the other.
  const double second = std::log2(3.0) - 1;
  EXPECT_EQ(graph.weight[0], 1);
  EXPECT_NEAR(graph.weight[1], second + second - second * second, 1e-6);
  EXPECT_EQ(graph.weight[3], 1);
  EXPECT_EQ(graph.weight[1], graph.weight[4]);
}

TEST(FuzzyGraphTest, EqualVectorsHangTogether) {
  const Neighbours neighbours{2, {1, 2, 0, 2, 0, 1}, std::vector<float>(6, 1.0F)};
  for (const float weight : fuzzy_graph(neighbours).weight) EXPECT_EQ(weight, 1);
}

TEST(PrincipalPlane, FindsThePlaneThatVectorsLieIn) {
  // On a circle of radius 1: two components, of which the first varies three times as much.
  std::vector<float> rows;
  for (int i = 0; i < 12; ++i) {
    const double angle = 0.2 * (i - 5.5);
    std::vector<float> row(kChannels, 0);
    row[4] = static_cast<float>(std::sin(angle));
    row[11] = static_cast<float>(std::cos(angle));
    rows.insert(rows.end(), row.begin(), row.end());
  }
  const std::vector<float> plane = principal_plane(rows, kChannels);
  double mean = 0;
  for (int i = 0; i < 12; ++i) mean += std::cos(0.2 * (i - 5.5)) / 12;
  for (int i = 0; i < 12; ++i) {
    const double angle = 0.2 * (i - 5.5);
    EXPECT_NEAR(plane[2 * i], std::sin(angle), 1e-5);
    EXPECT_NEAR(plane[2 * i + 1], std::cos(angle) - mean, 1e-5);
  }
}

TEST(UmapLayout, IsTheSameForAnyNumberOfThreads) {
  const std::vector<float> vectors = planted_clusters(5, 31);
  HostThreads one(1), two(2), three(3);
  const std::vector<float> layout = layout_of(vectors, one.stream(), 30);
  EXPECT_EQ(layout_of(vectors, two.stream(), 30), layout);
  EXPECT_EQ(layout_of(vectors, three.stream(), 30), layout);
}

TEST(UmapLayout, KeepsClustersTogether) {
  const std::vector<float> vectors = planted_clusters(15, 20);
  const std::vector<float> layout = layout_of(vectors, {});
  std::size_t strangers = 0;
  for (std::size_t i = 0; i < 300; ++i) {
    std::size_t nearest = i;
    double least = 1e30;
    for (std::size_t j = 0; j < 300; ++j) {
      const double distance =
          std::hypot(layout[2 * i] - layout[2 * j], layout[2 * i + 1] - layout[2 * j + 1]);
      if (j == i || !(distance < least)) continue;
      least = distance;
      nearest = j;
    }
    if (nearest / 20 != i / 20) ++strangers;
  }
  EXPECT_EQ(strangers, 0U);
  const RowProducts products = RowProducts::of_unit_rows(vectors, kChannels);
  const double plane = trustworthiness(products, principal_plane(vectors, kChannels), 15);
  const double found = trustworthiness(products, layout, 15);
  EXPECT_GT(found, 0.9);
  EXPECT_GT(found, plane + 0.05) << plane;
}

TEST(UmapLayout, TakesAStartOfItsSize) {
  const Neighbours neighbours{1, {1, 0}, {0.5F, 0.5F}};
  EXPECT_THROW(umap_layout(fuzzy_graph(neighbours), std::vector<float>(6)), Error);
  // Equal starts are parted by nobody, and stay numbers.
  for (const float value : umap_layout(fuzzy_graph(neighbours), std::vector<float>(4)))
    EXPECT_TRUE(std::isfinite(value));
}

/// Of unit vectors along an arc, and the angles as a layout.
struct Arc {
  std::vector<float> vectors, layout;
};

Arc arc() {
  Arc arc;
  for (int i = 0; i < 9; ++i) {
    std::vector<float> row(kChannels, 0);
    const double angle = 0.01 * i * (i + 3);
    row[0] = static_cast<float>(std::cos(angle));
    row[1] = static_cast<float>(std::sin(angle));
    arc.vectors.insert(arc.vectors.end(), row.begin(), row.end());
    arc.layout.insert(arc.layout.end(), {static_cast<float>(angle), 0});
  }
  return arc;
}

TEST(Trustworthiness, IsOneWhereNeighboursAreNeighbours) {
  const auto [vectors, layout] = arc();
  const RowProducts products(vectors, kChannels);
  EXPECT_EQ(trustworthiness(products, layout, 1), 1);
  EXPECT_EQ(trustworthiness(products, layout, 4), 1);
  EXPECT_THROW(trustworthiness(products, layout, 5), Error);
  EXPECT_THROW(trustworthiness(products, std::vector<float>(16), 1), Error);
}

TEST(Trustworthiness, CountsHowFarStrangersAre) {
  auto [vectors, layout] = arc();
  // The last is laid beside the first. It finds that one, and that one finds it: each the farthest of the other's eight. All
  // others find neighbours of theirs, the seventh's among them, which has lost only the one behind it.
  layout[16] = -0.01F;
  const RowProducts products(vectors, kChannels);
  EXPECT_NEAR(trustworthiness(products, layout, 1), 1 - 2.0 / (9 * (18 - 3 - 1)) * (7 + 7), 1e-12);
}

TEST(AtlasCells, HoldWhatLiesInThemAndEmptyOnesAreLeftOut) {
  // Four corners and, alone, the middle.
  std::vector<float> layout, vectors;
  for (int i = 0; i < 41; ++i) {
    const bool middle = i == 40;
    layout.push_back(middle ? 0.5F : static_cast<float>(i % 2));
    layout.push_back(middle ? 0.5F : static_cast<float>(i / 2 % 2));
    vectors.push_back(static_cast<float>(i % 4));
    vectors.push_back(1);
  }
  const std::vector<AtlasCell> cells = atlas_cells(layout, vectors, 2, 5, 2);
  ASSERT_EQ(cells.size(), 4U);
  for (std::size_t i = 0; i < 4; ++i) {
    EXPECT_EQ(cells[i].row, i < 2 ? 0 : 4);
    EXPECT_EQ(cells[i].column, i % 2 == 0 ? 0 : 4);
    EXPECT_EQ(cells[i].members.size(), 10U);
    for (const std::uint32_t member : cells[i].members) EXPECT_EQ(member % 4, i);
    EXPECT_EQ(cells[i].mean, (std::vector<float>{static_cast<float>(i), 1}));
  }
  EXPECT_EQ(atlas_cells(layout, vectors, 2, 5, 1).size(), 5U);
  EXPECT_TRUE(atlas_cells(layout, vectors, 2, 5, 11).empty());
  // All in one place.
  EXPECT_EQ(atlas_cells(std::vector<float>(82), vectors, 2, 5, 1).size(), 1U);
  EXPECT_THROW(atlas_cells(layout, vectors, 2, 0, 1), Error);
  EXPECT_THROW(atlas_cells(layout, vectors, 3, 5, 1), Error);
}

TEST(WhiteningTest, DividesByWhatAllHaveInCommon) {
  // The mean of a a^T is the diagonal of 8, 2 and 0: without a ridge, a channel that is never active has no inverse.
  const std::vector<float> vectors = {4, 0, 0, 0, 2, 0};
  constexpr double ridge = 0.3, added = ridge * 10 / 3;
  const Whitening whitening(vectors, 3, {}, ridge);
  const std::vector<float> direction = whitening.direction(std::vector<float>{9, 3, 1});
  const std::vector<double> expected = {9 / (8 + added), 3 / (2 + added), 1 / added};
  const double length = std::hypot(expected[0], expected[1], expected[2]);
  for (std::size_t c = 0; c < 3; ++c) EXPECT_NEAR(direction[c], expected[c] / length, 1e-6);
  EXPECT_EQ(whitening.direction(std::vector<float>(3)), std::vector<float>(3));
  EXPECT_THROW(Whitening(std::vector<float>(6), 3), Error);
  for (const float value :
       {std::numeric_limits<float>::infinity(), std::numeric_limits<float>::quiet_NaN()}) {
    try {
      Whitening(std::vector<float>{1, 2, value}, 3);
      ADD_FAILURE() << value;
    } catch (const Error& error) {
      EXPECT_EQ(std::string(error.what()), "1 vectors with values that are not finite have no directions");
    }
  }
}

TEST(WhiteningTest, SolvesWhatItSays) {
  const std::vector<float> vectors = whole_numbers(50 * kChannels, 3);
  HostThreads two(2);
  const std::vector<float> wanted = whole_numbers(kChannels, 4);
  const std::vector<float> direction = Whitening(vectors, kChannels, two.stream()).direction(wanted);
  EXPECT_EQ(Whitening(vectors, kChannels).direction(wanted), direction);
  // S times the direction points along the vector.
  std::vector<double> moment(kChannels * kChannels, 0);
  double trace = 0;
  for (std::size_t i = 0; i < 50; ++i) {
    for (std::size_t a = 0; a < kChannels; ++a) {
      for (std::size_t b = 0; b < kChannels; ++b)
        moment[a * kChannels + b] += vectors[i * kChannels + a] * vectors[i * kChannels + b] / 50;
    }
  }
  for (std::size_t c = 0; c < kChannels; ++c) trace += moment[c * kChannels + c];
  double along = 0, squares = 0, wanted_squares = 0;
  for (std::size_t a = 0; a < kChannels; ++a) {
    double back = kWhiteningRidge * trace / kChannels * direction[a];
    for (std::size_t b = 0; b < kChannels; ++b) back += moment[a * kChannels + b] * direction[b];
    along += back * wanted[a];
    squares += back * back;
    wanted_squares += wanted[a] * wanted[a];
  }
  EXPECT_NEAR(along / std::sqrt(squares * wanted_squares), 1, 1e-6);
}

}  // namespace
}  // namespace limpid::testing
