// What a pass keeps of every unit, against a session's maps before and after the ReLU, in plain loops.
#include "engine/examples/example_pass.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

#include "engine/network/layers.h"
#include "engine/session/queries.h"
#include "tests/weights/support.h"
#include "weights/synthetic.h"

namespace limpid {
namespace {

using testing::expect_error;

constexpr int kSide = 48;

std::shared_ptr<const Model> model() {
  static const auto instance = std::make_shared<const Model>(synthetic_model("bvlc_googlenet", 3));
  return instance;
}

/// Noise; the first is black.
std::vector<Image> pictures(std::size_t count) {
  std::vector<Image> images;
  for (std::size_t i = 0; i < count; ++i) {
    std::mt19937 random(static_cast<unsigned>(i));
    Image image{kSide, kSide, std::vector<float>(3 * kSide * kSide)};
    for (float& value : image.rgb) value = i == 0 ? 0 : static_cast<float>(random() % 256) / 255;
    images.push_back(std::move(image));
  }
  return images;
}

/// The statistics of a picture's units by their definitions.
std::vector<MapStatistics> plain_statistics(const Image& picture, const std::vector<ExampleLayer>& layers) {
  std::vector<MapStatistics> units;
  for (const ExampleLayer& layer : layers) {
    const Activations after = activations(*model(), picture, layer.name);
    const Activations before = activations(*model(), picture, layer.name, has_relu(*model(), layer.name));
    const std::size_t count = after.values.size() / static_cast<std::size_t>(after.channels);
    EXPECT_EQ(after.channels, layer.channels) << layer.name;
    EXPECT_EQ(after.height, layer.height) << layer.name;
    EXPECT_EQ(after.width, layer.width) << layer.name;
    for (std::size_t map = 0; map < after.values.size(); map += count) {
      std::array<double, 8> sums{};
      MapStatistics unit;
      for (std::size_t p = 0; p < count; ++p) {
        sums[p % 8] += static_cast<double>(before.values[map + p]);
        if (p > 0 && after.values[map + p] <= unit.max) continue;
        unit.max = after.values[map + p];
        unit.place = static_cast<int>(p);
      }
      double sum = 0;
      for (const double part : sums) sum += part;
      unit.mean = static_cast<float>(sum / static_cast<double>(count));
      units.push_back(unit);
    }
  }
  return units;
}

TEST(ExamplePass, KeepsWhatASessionComputesWhateverTheBatchAndTheThreads) {
  const std::vector<std::string> names = {
      "mixed4a", "conv2d0", "conv2d2", "mixed3a_pool", "localresponsenorm1",
      "mixed5b", "softmax", "logits",  "mixed3b_3x3"};
  const std::vector<ExampleLayer> layers = example_layers(*model(), names, kSide);
  const std::vector<Image> images = pictures(9);
  std::vector<std::vector<MapStatistics>> expected;
  for (const Image& image : images) expected.push_back(plain_statistics(image, layers));
  ASSERT_EQ(expected.front().size(), unit_count(layers));

  for (const int batch : {1, 4, 9}) {
    for (const int threads : {1, 2}) {
      ExamplePass pass(model(), layers, kSide, batch, {"cpu", Precision::fp32, threads});
      for (std::size_t first = 0; first < images.size(); first += static_cast<std::size_t>(batch)) {
        const std::size_t count = std::min(images.size() - first, static_cast<std::size_t>(batch));
        const auto found = pass.run(std::span(images).subspan(first, count));
        for (std::size_t i = 0; i < count; ++i) {
          const auto units = found.subspan(i * unit_count(layers), unit_count(layers));
          EXPECT_TRUE(std::equal(units.begin(), units.end(), expected[first + i].begin()))
              << "picture " << first + i << ", batch " << batch << ", threads " << threads;
        }
      }
    }
  }
}

TEST(ExampleLayers, ComeInForwardOrderOnceAndByAnyName) {
  const auto layers = example_layers(*model(), {"inception_4a/output", "conv2d0", "mixed4a"}, kSide);
  ASSERT_EQ(layers.size(), 2U);
  EXPECT_EQ(layers[0].name, "conv2d0");
  EXPECT_EQ(layers[1].name, "mixed4a");
  // Seven pixels, two apart; the first window begins three before the picture.
  EXPECT_EQ(layers[0].field, (ReceptiveField{7, 2, -3}));
}

TEST(ExampleLayers, AreRefusedWhereThereIsNothingToSee) {
  expect_error(ErrorKind::usage, {"mixed4z"}, [] { example_layers(*model(), {"mixed4z"}, kSide); });
  expect_error(ErrorKind::usage, {"mixed4a_pre_relu", "before a ReLU"},
               [] { example_layers(*model(), {"mixed4a_pre_relu"}, kSide); });
  expect_error(ErrorKind::usage, {"too small for conv2d2"}, [] { example_layers(*model(), {"conv2d2"}, 1); });
}

/// Every channel's values at a row of a map.
std::vector<float> row_of(const Activations& maps, int row) {
  std::vector<float> values;
  for (int c = 0; c < maps.channels; ++c) {
    const auto begin = maps.values.begin() + static_cast<std::ptrdiff_t>(c * maps.height + row) * maps.width;
    values.insert(values.end(), begin, begin + maps.width);
  }
  return values;
}

TEST(ReceptiveFields, HoldEveryRowThatMattersAndNoneMore) {
  constexpr int size = 40;
  const Image flat{size, size, std::vector<float>(std::size_t{3} * size * size, 0.5F)};
  for (const char* layer : {"conv2d0", "maxpool0", "conv2d2"}) {
    const ExampleLayer of = example_layers(*model(), {layer}, size).front();
    const Activations still = activations(*model(), flat, layer);
    // The first and the last row of the picture that each row of the map answers to.
    std::vector<std::array<int, 2>> answers(static_cast<std::size_t>(of.height), {size, -1});
    for (int y = 0; y < size; ++y) {
      Image image = flat;
      for (std::ptrdiff_t i = 0; i < 3 * size; ++i)
        image.rgb[static_cast<std::size_t>(3 * size * y + i)] = i % 2 == 0 ? 0.0F : 1.0F;
      const Activations moved = activations(*model(), image, layer);
      for (int row = 0; row < of.height; ++row) {
        if (row_of(moved, row) == row_of(still, row)) continue;
        std::array<int, 2>& rows = answers[static_cast<std::size_t>(row)];
        rows = {std::min(rows[0], y), std::max(rows[1], y)};
      }
    }
    for (int row = 0; row < of.height; ++row) {
      const int begin = of.field.start + row * of.field.step;
      EXPECT_EQ(answers[static_cast<std::size_t>(row)],
                (std::array{std::max(begin, 0), std::min(begin + of.field.size, size) - 1}))
          << layer << ", row " << row;
    }
  }
}

}  // namespace
}  // namespace limpid
