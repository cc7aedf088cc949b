// Rotations, the largest of many values, and masks in cells, by their definitions.
#include "engine/dissection/rotation.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "engine/dissection/covered_cells.h"
#include "engine/dissection/top_activations.h"
#include "engine/network/threads.h"
#include "kernels/core/philox.h"

namespace limpid::testing {
namespace {

TEST(Rotation, IsOrthogonal) {
  for (const int channels : {1, 7, 64, 129}) {
    const auto size = static_cast<std::size_t>(channels);
    const std::vector<float> rows = random_rotation(channels, 3, 1);
    ASSERT_EQ(rows.size(), size * size);
    double worst = 0;
    for (std::size_t i = 0; i < size; ++i) {
      for (std::size_t j = 0; j < size; ++j) {
        double by_rows = i == j ? -1 : 0, by_columns = by_rows;
        for (std::size_t k = 0; k < size; ++k) {
          by_rows += double{rows[i * size + k]} * double{rows[j * size + k]};
          by_columns += double{rows[k * size + i]} * double{rows[k * size + j]};
        }
        ASSERT_TRUE(std::isfinite(by_rows) && std::isfinite(by_columns));
        worst = std::max({worst, std::abs(by_rows), std::abs(by_columns)});
      }
    }
    EXPECT_LT(worst, 1e-6) << channels;
  }
}

TEST(Rotation, IsThatOfItsSeedAndNumberWhateverTheThreads) {
  const std::vector<float> rows = random_rotation(65, 5, 2);
  for (const int threads : {1, 2, 3}) {
    HostThreads team(threads);
    EXPECT_EQ(random_rotation(65, 5, 2, team.stream()), rows) << threads;
  }
  EXPECT_NE(random_rotation(65, 5, 3), rows);
  EXPECT_NE(random_rotation(65, 6, 2), rows);
  EXPECT_NE(random_rotation(65, 5 + (std::uint64_t{1} << 32), 2), rows);
}

TEST(Rotation, KeepsTheSignsOfTheNormalValues) {
  // The first row is that of the normal values, at length 1: not its negative, as a plain QR may have it.
  constexpr std::uint32_t kChannels = 6, kNumber = 4;
  std::vector<double> values;
  for (std::uint32_t block = 0; block < 2; ++block) {
    const PhiloxBlock bits = philox4x32_10({{block, kNumber, kChannels, 0}}, 9, 0);
    for (const NormalPair pair :
         {normal_pair(bits.word[0], bits.word[1]), normal_pair(bits.word[2], bits.word[3])}) {
      values.push_back(double{pair.first});
      values.push_back(double{pair.second});
    }
  }
  double square = 0;
  for (std::size_t i = 0; i < kChannels; ++i) square += values[i] * values[i];
  const std::vector<float> rows = random_rotation(kChannels, 9, kNumber);
  for (std::size_t i = 0; i < kChannels; ++i)
    EXPECT_NEAR(rows[i], values[i] / std::sqrt(square), 0x1p-24) << i;  // Half a step below 1.
  // And each later one is on the side of its own normal values: the diagonal of R is positive.
  const std::vector<float> other = random_rotation(2, 9, 0);
  const PhiloxBlock bits = philox4x32_10({{0, 0, 2, 0}}, 9, 0);
  const NormalPair second = normal_pair(bits.word[2], bits.word[3]);
  EXPECT_GT(other[2] * second.first + other[3] * second.second, 0);
}

TEST(Rotation, TurnsMapsByTheirSumsInOrder) {
  std::mt19937 random(1);
  const auto drawn = [&](std::size_t count) {
    std::vector<float> values(count);
    for (float& value : values) value = static_cast<float>(random() % 2001) / 1000 - 1;
    return values;
  };
  constexpr std::size_t kChannels = 13;
  for (const std::size_t positions : {1U, 7U, 8U, 49U}) {
    for (std::size_t directions = 1; directions <= std::size_t{kTurnedDirections}; ++directions) {
      const std::vector<float> rows = drawn(directions * kChannels), maps = drawn(kChannels * positions);
      std::vector<float> turned(directions * positions, NAN);
      turn_maps(rows, kChannels, maps, turned);
      for (std::size_t d = 0; d < directions; ++d) {
        for (std::size_t p = 0; p < positions; ++p) {
          float sum = 0;
          for (std::size_t c = 0; c < kChannels; ++c)
            sum += rows[d * kChannels + c] * maps[c * positions + p];
          EXPECT_EQ(turned[d * positions + p], sum) << positions << ' ' << d << ' ' << p;
        }
      }
    }
  }
}

TEST(TopActivations, AreThoseAboveTheSortedQuantile) {
  std::mt19937 random(2);
  for (const std::size_t rank : {0U, 1U, 5U, 40U}) {
    for (const unsigned levels : {1U, 3U, 20U, 100'000U}) {
      std::vector<float> values(rank + 1 + random() % 400);
      for (float& value : values) value = static_cast<float>(random() % levels) - 2;
      std::vector<float> sorted = values;
      std::ranges::sort(sorted, std::greater());
      const float threshold = sorted[rank];
      std::vector<std::uint32_t> expected;
      for (std::uint32_t i = 0; i < values.size(); ++i) {
        if (values[i] > threshold) expected.push_back(i);
      }
      ASSERT_LE(expected.size(), rank);
      for (int order = 0; order < 3; ++order) {
        std::vector<std::uint32_t> tags(values.size());
        for (std::uint32_t i = 0; i < tags.size(); ++i) tags[i] = i;
        if (order > 0) std::ranges::shuffle(tags, random);
        TopActivations top(rank);
        for (const std::uint32_t tag : tags) top.offer(values[tag], tag);
        EXPECT_EQ(top.threshold(), threshold) << rank << ' ' << levels;
        std::vector<std::uint32_t> found;
        for (const TaggedValue& value : top.above()) {
          EXPECT_EQ(value.value, values[value.tag]);
          found.push_back(value.tag);
        }
        std::ranges::sort(found);
        EXPECT_EQ(found, expected) << rank << ' ' << levels;
      }
    }
  }
}

/// By a picture of side height x side width small pixels, in which each cell has side x side.
std::vector<std::uint8_t> cells_by_small_pixels(const std::vector<float>& mask, int side, int height,
                                                int width) {
  std::vector<std::uint8_t> cells;
  for (int i = 0; i < height; ++i) {
    for (int j = 0; j < width; ++j) {
      int inside = 0;
      for (int y = i * side; y < (i + 1) * side; ++y) {
        for (int x = j * side; x < (j + 1) * side; ++x)
          inside += mask[static_cast<std::size_t>(y / height * side + x / width)] >= 0.5F ? 1 : 0;
      }
      cells.push_back(2 * inside >= side * side ? 1 : 0);
    }
  }
  return cells;
}

TEST(CoveredCells, AreThoseOfWhichHalfIsInside) {
  std::mt19937 random(3);
  const std::vector<float> levels = {0, std::nextafter(0.5F, 0.0F), 0.5F, 1};
  for (const auto& [side, height, width] :
       {std::tuple(12, 4, 4), std::tuple(12, 5, 7), std::tuple(9, 9, 1), std::tuple(3, 5, 4)}) {
    for (int time = 0; time < 20; ++time) {
      std::vector<float> mask(static_cast<std::size_t>(side * side));
      for (float& value : mask) value = levels[random() % levels.size()];
      const std::vector<std::uint8_t> cells = covered_cells(mask, side, height, width);
      EXPECT_EQ(cells, cells_by_small_pixels(mask, side, height, width));
    }
  }
  // Half of a cell's area exactly is enough; a pixel less is not.
  EXPECT_EQ(covered_cells(std::vector<float>{1, 1, 0, 0}, 2, 1, 1), std::vector<std::uint8_t>{1});
  EXPECT_EQ(covered_cells(std::vector<float>{1, 0.49F, 0, 0}, 2, 1, 1), std::vector<std::uint8_t>{0});
}

}  // namespace
}  // namespace limpid::testing
