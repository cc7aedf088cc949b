// The double-precision reference against an independent float32 implementation of the real network: what the
// parity tests rest on is itself right.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>

#include "engine/pictures/image_file.h"
#include "tests/golden/golden_data.h"
#include "tests/reference/comparison.h"
#include "tests/reference/reference_network.h"
#include "weights/import.h"

namespace limpid {
namespace {

using golden::RecordedLayer;
using golden::RecordedObjective;
using reference::Map;
using reference::max_difference;
using reference::relative_l2;

class ReferenceGolden : public ::testing::Test {
 protected:
  void SetUp() override {
    const auto folder = golden::data_folder();
    if (!folder) GTEST_SKIP() << "LIMPID_TEST_DATA is not set";
    folder_ = *folder;
    model_ = import_model(folder_ / "weights/bvlc_googlenet.caffemodel");
  }

  /// The recorded run, its input as the reference takes it.
  Map recorded_input() {
    run_ = golden::read_recorded_run(folder_ / "reference/bvlc_dog_cat.h5");
    Map input(3, run_.height, run_.width);
    std::copy(run_.input.begin(), run_.input.end(), input.values.begin());
    return input;
  }

  std::filesystem::path folder_;
  Model model_;
  golden::RecordedRun run_;
};

/// Name in a reference pass.
std::string value_name(const RecordedLayer& layer) {
  return layer.pre_relu ? layer.name + ":pre" : layer.name;
}

TEST_F(ReferenceGolden, EveryLayerToAHundredThousandthOfItsMaximum) {
  const Map input = recorded_input();
  const reference::Trace trace = reference::Network(model_).forward(input);
  for (const RecordedLayer& layer : run_.layers) {
    SCOPED_TRACE(value_name(layer));
    const Map& map = trace.at(value_name(layer));
    const bool flat = layer.shape.size() == 1;
    ASSERT_EQ((std::vector<std::int64_t>{map.c, map.h, map.w}),
              flat ? (std::vector<std::int64_t>{layer.shape[0], 1, 1}) : layer.shape);

    std::vector<double> sampled;
    for (const std::int64_t index : layer.index)
      sampled.push_back(map.values.at(static_cast<std::size_t>(index)));
    const double tolerance = 1e-5 * layer.max;
    EXPECT_LE(max_difference(sampled, layer.value), tolerance);

    double sum = 0, squares = 0;
    for (const double value : map.values) sum += value, squares += value * value;
    const double count = static_cast<double>(map.values.size());
    const double mean = sum / count;
    EXPECT_NEAR(mean, layer.mean, tolerance);
    EXPECT_NEAR(std::sqrt(squares / count - mean * mean), layer.deviation, tolerance);
    EXPECT_NEAR(*std::max_element(map.values.begin(), map.values.end()), layer.max, tolerance);
  }
  EXPECT_LE(max_difference(trace.at("softmax").values, run_.softmax), 1e-6);
}

TEST_F(ReferenceGolden, ValuesAndInputGradientsOfObjectives) {
  const Map input = recorded_input();
  const reference::Network network(model_);
  const reference::Trace trace = network.forward(input);
  for (const RecordedObjective& recorded : run_.objectives) {
    SCOPED_TRACE(recorded.name);
    const reference::Gradients gradients = network.backward(trace, recorded.objective);
    EXPECT_NEAR(gradients.value, recorded.value, 1e-5 * std::abs(recorded.value));
    EXPECT_LE(relative_l2(gradients.input().values, recorded.input_gradient), 1e-4);
  }
}

TEST_F(ReferenceGolden, ProbabilitiesThatOpenCvRecorded) {
  // Raw 0..255 values, blue first, no mean subtracted. The record rests on libjpeg's exact integer transform
  // and chroma interpolation: a decoder that differs by a grey level moves probabilities by 1e-2.
  const Image picture = read_image(folder_ / "reference/opencv_googlenet_0.jpg");
  Map input(3, picture.height, picture.width);
  for (int c = 0; c < 3; ++c) {
    for (std::size_t i = 0; i < input.plane_size(); ++i) {
      input.plane(c)[i] = std::round(255.0 * double{picture.rgb[i * 3 + static_cast<std::size_t>(2 - c)]});
    }
  }
  const reference::Trace trace = reference::Network(model_).forward(input);
  const std::vector<float> recorded = golden::read_npy(folder_ / "reference/opencv_googlenet_0_prob.npy");
  EXPECT_LE(max_difference(trace.at("softmax").values, recorded), 1e-6);
}

}  // namespace
}  // namespace limpid
