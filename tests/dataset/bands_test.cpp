// What is kept of a map, the numbers that samples are taken by, and bands against their definitions in plain loops.
#include "engine/examples/bands.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>
#include <random>
#include <set>

#include "engine/examples/farthest_first.h"
#include "engine/examples/map_statistics.h"
#include "engine/examples/unit_hash.h"
#include "kernels/core/philox.h"
#include "tests/weights/support.h"
#include "weights/sha256.h"

namespace limpid {
namespace {

using testing::expect_error;

TEST(MapStatistics, AreThoseOfIntegers) {
  // Sums of integers are exact in any order.
  std::vector<float> map(37);
  for (std::size_t i = 0; i < map.size(); ++i) map[i] = static_cast<float>((i * 29) % 41) - 20;
  const float sum = std::accumulate(map.begin(), map.end(), 0.0F);
  const auto highest = std::max_element(map.begin(), map.end());
  const MapStatistics found = map_statistics(map, true);
  EXPECT_EQ(found.mean, sum / 37);
  EXPECT_EQ(found.max, *highest);
  EXPECT_EQ(found.place, highest - map.begin());
}

TEST(MapStatistics, TheFirstOfEqualMaximaIsThePlace) {
  EXPECT_EQ(map_statistics(std::vector<float>{1, 5, 2, 5, 5, 0, 0, 0, 5}, true),
            (MapStatistics{23.0F / 9, 5, 1}));
  EXPECT_EQ(map_statistics(std::vector<float>{0, 0, 0, 0, 0, 0, 0, 0, 7}, false),
            (MapStatistics{7.0F / 9, 7, 8}));
}

TEST(MapStatistics, BehindAReluTheMaximumIsNotNegative) {
  const std::vector<float> map = {-3, -1, -2};
  EXPECT_EQ(map_statistics(map, true), (MapStatistics{-2, 0, 0}));
  EXPECT_EQ(map_statistics(map, false), (MapStatistics{-2, -1, 1}));
}

TEST(MapStatistics, WhatIsNotFiniteShows) {
  for (const float bad : {std::numeric_limits<float>::quiet_NaN(), std::numeric_limits<float>::infinity()}) {
    std::vector<float> map(20, 1);
    map[13] = bad;
    EXPECT_FALSE(std::isfinite(map_statistics(map, true).mean));
  }
}

TEST(UnitHash, IsPhiloxOfPictureAndUnit) {
  const Sha256Digest picture = sha256_digest("picture");
  EXPECT_EQ(to_string(picture), sha256_of_bytes("picture"));
  const auto word = [&](const std::string& digits, std::size_t i) {
    std::uint32_t value = 0;
    for (std::size_t byte = 4; byte-- > 0;)
      value = value << 8 |
              static_cast<std::uint32_t>(std::stoul(digits.substr(8 * i + 2 * byte, 2), nullptr, 16));
    return value;
  };
  const std::string digits = sha256_of_bytes("picture"), layer = sha256_of_bytes("mixed4d");
  const PhiloxBlock block =
      philox4x32_10({{word(digits, 0), word(digits, 1), word(digits, 2), word(digits, 3) ^ 525}},
                    word(layer, 0) ^ 7U, word(layer, 1));
  EXPECT_EQ(UnitHash(7, "mixed4d", 525)(picture), block.word[0] | std::uint64_t{block.word[1]} << 32);
  EXPECT_NE(UnitHash(7, "mixed4d", 525)(picture), UnitHash(7, "mixed4d", 526)(picture));
  EXPECT_NE(UnitHash(7, "mixed4d", 525)(picture), UnitHash(7, "mixed4c", 525)(picture));
  EXPECT_NE(UnitHash(7, "mixed4d", 525)(picture), UnitHash(8, "mixed4d", 525)(picture));
}

/// The band by its definition: members, the `most` of smallest hash among them where it is a sample, sorted.
std::vector<std::size_t> plain_band(const std::string& band, const std::vector<float>& values,
                                    const std::vector<std::uint64_t>& hashes, std::size_t most) {
  std::vector<float> positive, negative, all = values;
  for (const float value : values) {
    if (value > 0) positive.push_back(value);
    if (value < 0) negative.push_back(-value);
  }
  for (std::vector<float>* list : {&positive, &negative, &all}) std::sort(list->begin(), list->end());
  const auto quantile = [](const std::vector<float>& sorted, double q) {
    const double rank = std::max(1.0, std::ceil(q * static_cast<double>(sorted.size())));
    return sorted[static_cast<std::size_t>(rank) - 1];
  };
  const auto is_member = [&](float value) {
    if (band == "high") return value > 0 && value <= quantile(positive, 0.25);
    if (band == "low") return value < 0 && -value <= quantile(negative, 0.25);
    if (band == "q0.5..0.8") return value >= quantile(all, 0.5) && value <= quantile(all, 0.8);
    return true;
  };
  std::vector<std::size_t> members;
  for (std::size_t i = 0; i < values.size(); ++i) {
    if (is_member(values[i])) members.push_back(i);
  }
  const auto by_hash = [&](std::size_t a, std::size_t b) { return hashes[a] < hashes[b]; };
  std::stable_sort(members.begin(), members.end(), by_hash);
  if (band != "max" && band != "min") members.resize(std::min(most, members.size()));
  const bool up = band == "min" || band == "low";
  std::stable_sort(members.begin(), members.end(), [&](std::size_t a, std::size_t b) {
    return up ? values[a] < values[b] : values[a] > values[b];
  });
  members.resize(std::min(most, members.size()));
  return members;
}

TEST(Bands, AreTheirDefinitionsTiesIncluded) {
  std::mt19937 random(1);
  for (int round = 0; round < 200; ++round) {
    // Few different values and hashes: ties everywhere.
    const std::size_t count = 1 + random() % 60;
    const int spread = 1 + static_cast<int>(random() % 12);
    std::vector<float> values;
    std::vector<std::uint64_t> hashes;
    for (std::size_t i = 0; i < count; ++i) {
      values.push_back(static_cast<float>(static_cast<int>(random() % 100) % (2 * spread + 1) - spread) / 4);
      hashes.push_back(random() % 20);
    }
    const auto hash = [&](std::size_t i) { return hashes[i]; };
    for (const Band& band : parse_bands("max,min,high,low,q0.5..0.8")) {
      for (const std::size_t most : {std::size_t{1}, std::size_t{4}, std::size_t{100}}) {
        EXPECT_EQ(pictures_of_band(band, values, hash, most), plain_band(band.name, values, hashes, most))
            << band.name << " of round " << round;
      }
    }
  }
}

TEST(Bands, OnOneSideOfZeroTheOtherIsEmpty) {
  const std::vector<float> values = {1, 2, 0, 3};
  const auto hash = [](std::size_t i) { return std::uint64_t{i}; };
  const std::vector<Band> bands = parse_bands("low,high");
  EXPECT_TRUE(pictures_of_band(bands[0], values, hash, 8).empty());
  EXPECT_EQ(pictures_of_band(bands[1], values, hash, 8), std::vector<std::size_t>{0});
  EXPECT_TRUE(pictures_of_band(bands[1], {}, hash, 8).empty());
}

TEST(Bands, ASampleOfAUnionIsAmongTheSamplesOfItsParts) {
  std::vector<float> values(90, 1);
  std::vector<std::uint64_t> hashes;
  std::mt19937_64 random(2);
  for (std::size_t i = 0; i < values.size(); ++i) hashes.push_back(random());
  const Band band = parse_bands("high").front();
  const auto sample = [&](std::size_t first, std::size_t count) {
    std::set<std::size_t> rows;
    const auto hash = [&](std::size_t i) { return hashes[first + i]; };
    for (const std::size_t row : pictures_of_band(band, std::span(values).subspan(first, count), hash, 7))
      rows.insert(first + row);
    return rows;
  };
  std::set<std::size_t> parts;
  for (const std::size_t first : {0, 30, 60}) parts.merge(sample(first, 30));
  for (const std::size_t row : sample(0, 90)) EXPECT_TRUE(parts.contains(row)) << row;
}

TEST(FarthestFirst, BeginsWithTheFirstAndGoesWhereNothingIsNear) {
  // Directions at angles of 0, 10, 100, 200 and 95 degrees, of different lengths.
  std::vector<std::vector<float>> vectors;
  for (const auto& [degrees, length] :
       {std::pair{0.0, 3.0}, {10.0, 1.0}, {100.0, 5.0}, {200.0, 0.5}, {95.0, 2.0}}) {
    const double angle = degrees * 3.14159265358979 / 180;
    vectors.push_back(
        {static_cast<float>(length * std::cos(angle)), static_cast<float>(length * std::sin(angle))});
  }
  EXPECT_EQ(farthest_first(vectors, 4), (std::vector<std::size_t>{0, 3, 2, 1}));
  EXPECT_EQ(farthest_first(vectors, 1), std::vector<std::size_t>{0});
  EXPECT_EQ(farthest_first(vectors, 9).size(), 5U);
  // Of equal ones the first; none twice.
  EXPECT_EQ(farthest_first(std::vector<std::vector<float>>(3, {1, 2}), 3),
            (std::vector<std::size_t>{0, 1, 2}));
}

TEST(Bands, AreRefusedByName) {
  for (const char* text :
       {"", "max,", "middle", "q", "q0.5", "q0.5..", "q0.9..0.1", "q0..1.5", "q-1..1", "q0..1x"}) {
    SCOPED_TRACE(text);
    expect_error(ErrorKind::usage, {"is no band", "q0.9..0.99"}, [&] { parse_bands(text); });
  }
}

}  // namespace
}  // namespace limpid
