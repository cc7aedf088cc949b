// k-means: the best there is of tiny data, ties, what coincides, and the same clusters again.
#include "engine/examples/k_means.h"

#include <gtest/gtest.h>

#include <cmath>
#include <initializer_list>
#include <limits>
#include <random>
#include <set>
#include <utility>

#include "tests/weights/support.h"

namespace limpid::testing {
namespace {

using Vectors = std::vector<std::vector<float>>;

std::vector<double> at_length_one(const std::vector<float>& vector) {
  std::vector<double> point(vector.begin(), vector.end());
  double squares = 0;
  for (const double value : point) squares += value * value;
  for (double& value : point) value /= std::sqrt(squares);
  return point;
}

/// Of a partition: the squared distances to the means of its parts.
double inertia_of(const Vectors& vectors, const std::vector<std::size_t>& cluster_of, std::size_t count) {
  const std::size_t width = vectors.front().size();
  double inertia = 0;
  for (std::size_t k = 0; k < count; ++k) {
    std::vector<double> mean(width, 0);
    double members = 0;
    for (std::size_t i = 0; i < vectors.size(); ++i) {
      if (cluster_of[i] != k) continue;
      ++members;
      const std::vector<double> point = at_length_one(vectors[i]);
      for (std::size_t c = 0; c < width; ++c) mean[c] += point[c];
    }
    for (std::size_t i = 0; i < vectors.size(); ++i) {
      if (cluster_of[i] != k) continue;
      const std::vector<double> point = at_length_one(vectors[i]);
      for (std::size_t c = 0; c < width; ++c) inertia += std::pow(point[c] - mean[c] / members, 2);
    }
  }
  return inertia;
}

/// The least over all partitions, of which there are count^n.
double least_inertia(const Vectors& vectors, std::size_t count) {
  double least = std::numeric_limits<double>::infinity();
  std::vector<std::size_t> cluster_of(vectors.size(), 0);
  while (true) {
    if (std::set(cluster_of.begin(), cluster_of.end()).size() == count)
      least = std::min(least, inertia_of(vectors, cluster_of, count));
    std::size_t digit = 0;
    while (digit < cluster_of.size() && ++cluster_of[digit] == count) cluster_of[digit++] = 0;
    if (digit == cluster_of.size()) return least;
  }
}

Vectors random_vectors(std::size_t count, std::size_t width, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal;
  Vectors vectors(count, std::vector<float>(width));
  for (std::vector<float>& vector : vectors) {
    for (float& value : vector) value = normal(random);
  }
  return vectors;
}

TEST(KMeans, FindsTheBestPartitionOfFewVectors) {
  for (unsigned round = 0; round < 12; ++round) {
    const std::size_t count = 2 + round % 2;
    const Vectors vectors = random_vectors(8, 3, round);
    const Clusters clusters = k_means(vectors, count, 0, 300);
    ASSERT_EQ(clusters.cluster_of.size(), 8U);
    ASSERT_EQ(clusters.centres.size(), count);
    // Sums of at most 8 x 3 terms of size at most 4, in double precision.
    EXPECT_NEAR(clusters.inertia, inertia_of(vectors, clusters.cluster_of, count), 1e-12) << round;
    EXPECT_NEAR(clusters.inertia, least_inertia(vectors, count), 1e-12) << round;
  }
}

TEST(KMeans, LooksAtDirectionsNotLengths) {
  Vectors vectors = random_vectors(9, 4, 3);
  const Clusters clusters = k_means(vectors, 3);
  for (std::size_t i = 0; i < vectors.size(); ++i) {
    for (float& value : vectors[i]) value *= static_cast<float>(1 << i);
  }
  const Clusters again = k_means(vectors, 3);
  EXPECT_EQ(again.cluster_of, clusters.cluster_of);
  EXPECT_EQ(again.inertia, clusters.inertia);  // Powers of two change no digit.
}

TEST(KMeans, ClustersAreInOrderOfTheirFirstVectors) {
  const Clusters clusters = k_means(Vectors{{0, 1}, {1, 0}, {0.1F, 1}, {-1, 0}, {1, 0.1F}}, 3);
  EXPECT_EQ(clusters.cluster_of, (std::vector<std::size_t>{0, 1, 0, 2, 1}));
  EXPECT_EQ(clusters.centres[2], (std::vector<double>{-1, 0}));
}

TEST(KMeans, AnEmptyClusterTakesWhatIsFarthestFromItsCentre) {
  const Vectors vectors = {{1, 0}, {1, 0.1F}, {0, 1}, {1, 0.2F}};
  const Clusters clusters = k_means_from(vectors, {{1, 0}, {-9, -9}});
  EXPECT_EQ(clusters.cluster_of, (std::vector<std::size_t>{0, 0, 1, 0}));
  EXPECT_EQ(clusters.centres[1], (std::vector<double>{0, 1}));
  // What is alone in its cluster stays.
  EXPECT_EQ(k_means_from(Vectors{{1, 0}, {0, 1}, {0.1F, 1}}, {{1.9, 0}, {0, 1}, {9, 9}}).cluster_of,
            (std::vector<std::size_t>{0, 1, 2}));
}

TEST(KMeans, ATieIsTheFirstCentres) {
  const Vectors three = {{1, 0}, {0, 1}, {1, 1}};
  EXPECT_EQ(k_means_from(three, {{1, 0}, {0, 1}}).cluster_of, (std::vector<std::size_t>{0, 1, 0}));
  EXPECT_EQ(k_means_from(three, {{0, 1}, {1, 0}}).cluster_of, (std::vector<std::size_t>{1, 0, 0}));
  // The third is as near to one as to the other, and whichever it joins the inertia is the same.
  const Vectors vectors = {{1, 0}, {0, 1}, {1, 1}};
  const Clusters clusters = k_means(vectors, 2);
  EXPECT_NE(clusters.cluster_of[0], clusters.cluster_of[1]);
  EXPECT_EQ(k_means(vectors, 2).cluster_of, clusters.cluster_of);
  EXPECT_NEAR(clusters.inertia, least_inertia(vectors, 2), 1e-12);
}

TEST(KMeans, OfVectorsThatCoincideNoClusterIsEmpty) {
  Vectors vectors(10, {1, 0, 0});
  vectors.push_back({0, 1, 0});
  vectors.push_back({0, 0, 1});
  const Clusters clusters = k_means(vectors, 3);
  EXPECT_EQ(std::set(clusters.cluster_of.begin(), clusters.cluster_of.end()).size(), 3U);
  EXPECT_EQ(clusters.inertia, 0);
  expect_error(ErrorKind::input, {"4 clusters of 3 different vectors"}, [&] { k_means(vectors, 4); });
  expect_error(ErrorKind::input, {"1 clusters of 0 different vectors"}, [&] { k_means({}, 1); });
  expect_error(ErrorKind::input, {"0 clusters"}, [&] { k_means(vectors, 0); });
}

TEST(KMeans, RefusesWhatHasNoClusters) {
  const Vectors two = {{1, 0}, {0, 1}};
  const auto expect_refused = [](const Vectors& vectors, const std::vector<std::vector<double>>& centres,
                                 const char* part) {
    expect_error(ErrorKind::input, {part}, [&] { k_means_from(vectors, centres); });
  };
  expect_refused(two, {}, "0 centres of 2 vectors");
  expect_refused(two, {{1, 0}, {0, 1}, {1, 1}}, "3 centres of 2 vectors");
  expect_refused({}, {{1, 0}}, "1 centres of 0 vectors");
  expect_refused(two, {{1, 0, 0}}, "a centre of 3 numbers for vectors of 2");
  for (const auto& [vectors, part] : std::initializer_list<std::pair<Vectors, const char*>>{
           {{{1, 0}, {1}}, "vectors of 2 and of 1 numbers"},
           {{{1, 0}, {0, 0}}, "vector 1 of 2 has no direction"},
           {{{1, 0}, {1, std::numeric_limits<float>::infinity()}}, "vector 1 of 2 has no direction"}}) {
    expect_refused(vectors, {{1, 0}}, part);
    expect_error(ErrorKind::input, {part}, [&] { k_means(vectors, 1); });
  }
}

TEST(KMeans, AsManyClustersAsVectorsHaveOneEach) {
  const Vectors vectors = random_vectors(6, 5, 7);
  const Clusters clusters = k_means(vectors, 6);
  EXPECT_EQ(clusters.cluster_of, (std::vector<std::size_t>{0, 1, 2, 3, 4, 5}));
  EXPECT_EQ(clusters.inertia, 0);
}

TEST(KMeans, MoreStartsAreNoWorseAndTheSeedDecidesAll) {
  // A single start is caught in a lesser partition now and then.
  int better = 0;
  for (unsigned round = 0; round < 20; ++round) {
    const Vectors vectors = random_vectors(40, 6, 100 + round);
    const Clusters one = k_means(vectors, 6, round, 1), many = k_means(vectors, 6, round, 20);
    EXPECT_LE(many.inertia, one.inertia);
    better += many.inertia < one.inertia ? 1 : 0;
    const Clusters again = k_means(vectors, 6, round, 20);
    EXPECT_EQ(again.cluster_of, many.cluster_of);
    EXPECT_EQ(again.centres, many.centres);
    EXPECT_EQ(again.inertia, many.inertia);
  }
  EXPECT_GT(better, 0);
}

}  // namespace
}  // namespace limpid::testing
