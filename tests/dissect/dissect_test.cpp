// A dissection against its definition: all values of all positions sorted, and counted in plain loops.
#include "engine/dissection/dissect.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>

#include "engine/dissection/covered_cells.h"
#include "engine/dissection/rotation.h"
#include "engine/session/queries.h"
#include "tests/weights/support.h"

namespace limpid::testing {
namespace {

constexpr int kDissectedSide = 32;
constexpr std::size_t kConcepts = 3, kPictures = 10;

std::shared_ptr<const Model> small_model() {
  static const auto instance = std::make_shared<const Model>(narrow_model("bvlc_googlenet"));
  return instance;
}

/// Noise with a bright box, which is the mask. The second half of the pictures repeats the first: every value is there
/// twice, and thresholds are tied.
ConceptPicture boxed(std::size_t number) {
  std::mt19937 random(static_cast<unsigned>(number % (kPictures / 2)));
  ConceptPicture picture{{kDissectedSide, kDissectedSide, {}}, {}, number % kConcepts};
  const int top = static_cast<int>(random() % 20), left = static_cast<int>(random() % 20);
  for (int y = 0; y < kDissectedSide; ++y) {
    for (int x = 0; x < kDissectedSide; ++x) {
      const bool inside = y >= top && y < top + 11 && x >= left && x < left + 9;
      for (int c = 0; c < 3; ++c)
        picture.image.rgb.push_back(static_cast<float>(random() % 128 + (inside ? 127 : 0)) / 255);
      picture.mask.push_back(inside ? 1.0F : 0.0F);
    }
  }
  return picture;
}

DissectionRequest request_of(const std::vector<std::string>& layers) {
  DissectionRequest request;
  request.layers = example_layers(*small_model(), layers, kDissectedSide);
  request.side = kDissectedSide;
  request.concepts = kConcepts;
  request.pictures = kPictures;
  request.rotations = 2;
  request.seed = 7;
  request.batch = 4;
  request.compute = {"cpu", Precision::fp32, 1};
  return request;
}

std::vector<DissectedLayer> dissected(const DissectionRequest& request) {
  return dissect(small_model(), request, boxed, [](std::size_t, std::size_t) {});
}

/// By Bau et al.'s formula, in loops over everything.
DissectedUnit by_definition(const std::vector<std::vector<float>>& maps,
                            const std::vector<std::vector<std::uint8_t>>& cells) {
  std::vector<float> all;
  for (const std::vector<float>& map : maps) all.insert(all.end(), map.begin(), map.end());
  std::ranges::sort(all);
  // The least of the values with 0.5 % of all, or fewer, above it.
  const auto allowed = static_cast<std::ptrdiff_t>(all.size() / 200);
  const float threshold = *std::ranges::find_if(
      all, [&](float value) { return all.end() - std::ranges::upper_bound(all, value) <= allowed; });
  DissectedUnit best;
  for (std::size_t c = 0; c < kConcepts; ++c) {
    DissectedUnit unit{c, threshold};
    for (std::size_t i = 0; i < maps.size(); ++i) {
      for (std::size_t p = 0; p < maps[i].size(); ++p) {
        const bool active = maps[i][p] > threshold, covered = i % kConcepts == c && cells[i][p] == 1;
        unit.active += active ? 1 : 0;
        unit.in_common += active && covered ? 1 : 0;
        unit.in_either += active || covered ? 1 : 0;
      }
    }
    if (c == 0 || unit.in_common * best.in_either > best.in_common * unit.in_either) best = unit;
  }
  return best;
}

/// The units of a basis whose rows are given, or of the layer's own where there are none.
std::vector<DissectedUnit> units_by_definition(const ExampleLayer& layer, const std::vector<float>& rows) {
  const auto channels = static_cast<std::size_t>(layer.channels);
  const auto positions = static_cast<std::size_t>(layer.height * layer.width);
  std::vector<std::vector<float>> pictures;
  std::vector<std::vector<std::uint8_t>> cells;
  for (std::size_t i = 0; i < kPictures; ++i) {
    const ConceptPicture picture = boxed(i);
    pictures.push_back(activations(*small_model(), picture.image, layer.name).values);
    cells.push_back(covered_cells(picture.mask, kDissectedSide, layer.height, layer.width));
  }
  std::vector<DissectedUnit> units;
  for (std::size_t u = 0; u < channels; ++u) {
    std::vector<std::vector<float>> maps;
    for (const std::vector<float>& picture : pictures) {
      std::vector<float>& map = maps.emplace_back(positions, 0.0F);
      for (std::size_t p = 0; p < positions; ++p) {
        if (rows.empty()) map[p] = picture[u * positions + p];
        for (std::size_t c = 0; c < channels && !rows.empty(); ++c)
          map[p] += rows[u * channels + c] * picture[c * positions + p];
      }
    }
    units.push_back(by_definition(maps, cells));
  }
  return units;
}

void expect_units(const std::vector<DissectedUnit>& found, const std::vector<DissectedUnit>& expected) {
  ASSERT_EQ(found.size(), expected.size());
  for (std::size_t u = 0; u < found.size(); ++u) {
    EXPECT_EQ(found[u].concept_number, expected[u].concept_number) << u;
    EXPECT_EQ(found[u].threshold, expected[u].threshold) << u;
    EXPECT_EQ(found[u].active, expected[u].active) << u;
    EXPECT_EQ(found[u].in_common, expected[u].in_common) << u;
    EXPECT_EQ(found[u].in_either, expected[u].in_either) << u;
  }
}

TEST(Dissect, IsItsDefinitionOfTheBasisAndOfRotations) {
  const DissectionRequest request = request_of({"conv2d0", "maxpool0"});
  const std::vector<DissectedLayer> layers = dissected(request);
  ASSERT_EQ(layers.size(), 2U);
  std::int64_t tied = 0, active = 0;
  for (const DissectedLayer& layer : layers) {
    SCOPED_TRACE(layer.layer.name);
    expect_units(layer.basis.units, units_by_definition(layer.layer, {}));
    ASSERT_EQ(layer.rotations.size(), 2U);
    for (std::uint32_t r = 0; r < 2; ++r) {
      expect_units(layer.rotations[r].units,
                   units_by_definition(layer.layer, random_rotation(layer.layer.channels, 7, r)));
    }
    EXPECT_NE(layer.rotations[0], layer.rotations[1]);
    std::vector<std::int64_t> covered(kConcepts);
    for (std::size_t i = 0; i < kPictures; ++i) {
      for (const std::uint8_t cell :
           covered_cells(boxed(i).mask, kDissectedSide, layer.layer.height, layer.layer.width))
        covered[i % kConcepts] += cell;
    }
    EXPECT_EQ(layer.covered, covered);
    for (const DissectedUnit& unit : layer.rotations[0].units) {
      active += unit.active;
      tied += layer.positions / kPositionsPerActive - unit.active;
    }
  }
  EXPECT_GT(active, 0);
  EXPECT_GT(tied, 0) << "no threshold is tied, which the test is of";
}

TEST(Dissect, DependsOnNeitherBatchNorThreadsNorMemory) {
  const DissectionRequest request = request_of({"conv2d0", "maxpool0"});
  const std::vector<DissectedLayer> expected = dissected(request);
  struct Way {
    int batch, threads;
    std::size_t bytes, rounds;
  };
  // Of a byte each basis takes a round of its own.
  for (const Way& way : {Way{1, 2, request.bytes, 1}, Way{10, 3, request.bytes, 1}, Way{3, 2, 1, 6}}) {
    DissectionRequest other = request;
    other.batch = way.batch;
    other.compute.threads = way.threads;
    other.bytes = way.bytes;
    std::size_t last = 0, all = 0;
    const auto found = dissect(small_model(), other, boxed, [&](std::size_t done, std::size_t of) {
      EXPECT_GT(done, last);
      last = done;
      all = of;
    });
    EXPECT_EQ(last, way.rounds * kPictures);
    EXPECT_EQ(all, last);
    for (std::size_t i = 0; i < 2; ++i) {
      EXPECT_EQ(found[i].basis, expected[i].basis) << way.batch;
      EXPECT_EQ(found[i].rotations, expected[i].rotations) << way.batch;
      EXPECT_EQ(found[i].covered, expected[i].covered) << way.batch;
    }
  }
}

TEST(Dissect, TheIdentityIsTheBasis) {
  DissectionRequest request = request_of({"conv2d0"});
  request.rotations = 1;
  request.rotation = [](int channels, int) {
    const auto size = static_cast<std::size_t>(channels);
    std::vector<float> rows(size * size);
    for (std::size_t i = 0; i < size; ++i) rows[i * size + i] = 1;
    return rows;
  };
  const DissectedLayer layer = dissected(request).front();
  EXPECT_EQ(layer.rotations.front(), layer.basis);
}

TEST(Dissect, ADetectorIsAboveTheBoundAndConceptsCountOnce) {
  const auto unit = [](std::size_t number, std::int64_t common, std::int64_t either) {
    return DissectedUnit{number, 0, common, common, either};
  };
  // 0.04 exactly is not above it.
  const DissectedBasis basis{
      {unit(0, 1, 25), unit(1, 41, 1000), unit(1, 9, 9), unit(2, 0, 0), unit(3, 1, 24)}};
  EXPECT_EQ(basis.detectors(), 3U);
  EXPECT_EQ(basis.distinct_concepts(), 2U);
  EXPECT_EQ(basis.mean_iou(), (1.0 / 25 + 41.0 / 1000 + 1 + 0 + 1.0 / 24) / 5);
  EXPECT_EQ(DissectedBasis{}.mean_iou(), 0);
}

TEST(Dissect, RefusesWhatCannotBeCompared) {
  DissectionRequest request = request_of({"conv2d0"});
  request.side = 48;
  request.layers = example_layers(*small_model(), {"logits"}, 48);
  expect_error(ErrorKind::usage, {"'logits' has one position"}, [&] { dissected(request); });
  request = request_of({"mixed3a"});  // 4 x 4 positions.
  request.rotations = 0;
  expect_input_error({"160 positions of mixed3a", "take 200"}, [&] { dissected(request); });
  request = request_of({"conv2d0"});
  expect_input_error({"no such picture"}, [&] {
    const auto missing = [](std::size_t number) {
      return number == 7 ? (fail_input("no such picture"), ConceptPicture{}) : boxed(number);
    };
    dissect(small_model(), request, missing, [](std::size_t, std::size_t) {});
  });
}

}  // namespace
}  // namespace limpid::testing
