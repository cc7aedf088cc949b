// What PyTorch's two exporters make of InceptionV1 (tests/fixtures/make_onnx.py), against what onnxruntime computes.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "tests/reference/reference_network.h"
#include "tests/reference/reference_ops.h"
#include "tests/weights/support.h"
#include "weights/import.h"
#include "weights/inception_v1.h"

namespace limpid::onnx_exports_test {
namespace {

using reference::Map;

const std::filesystem::path kFolder = LIMPID_ONNX_FIXTURES;

/// As make_onnx.py has it, and as the model's rules make it the network's input.
Map input_of(const Model& model) {
  Map input(3, 224, 224);
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < 224; ++y) {
      for (int x = 0; x < 224; ++x) {
        const int value = (7 * y + 3 * x + 50 * c + y * x % 11 * 5) % 256;
        input.plane(c)[y * 224 + x] =
            static_cast<double>(value) - model.input.mean[static_cast<std::size_t>(c)];
      }
    }
  }
  return input;
}

struct Export {
  std::string file;
  std::vector<double> logits;
};

std::vector<Export> exports() {
  std::vector<Export> result;
  std::ifstream text(kFolder / "expected.txt");
  for (std::string line; std::getline(text, line);) {
    std::istringstream words(line);
    Export& made = result.emplace_back();
    words >> made.file;
    for (double value; words >> value;) made.logits.push_back(value);
  }
  return result;
}

class OnnxExport : public ::testing::TestWithParam<Export> {};

TEST_P(OnnxExport, ComputesWhatOnnxruntimeDoes) {
  const Export& made = GetParam();
  // The widths are no family's, and the picture goes in as it is.
  ImportReport report;
  const Model model =
      import_model(kFolder / made.file, {std::nullopt, "torchvision_googlenet", "unit"}, &report);
  EXPECT_EQ(model.input.order, ChannelOrder::rgb);
  const reference::Trace trace = reference::Network(model).forward(input_of(model), "logits");
  const Map& logits = trace.at("logits");
  ASSERT_EQ(logits.values.size(), made.logits.size());
  const double scale = std::abs(*std::max_element(
      made.logits.begin(), made.logits.end(), [](double a, double b) { return std::abs(a) < std::abs(b); }));
  EXPECT_GT(scale, 0.1);
  for (std::size_t i = 0; i < made.logits.size(); ++i) {
    // fp32 there and folded fp32 parameters here, through 23 layers.
    EXPECT_NEAR(logits.values[i], made.logits[i], 3e-5 * scale);
  }
}

INSTANTIATE_TEST_SUITE_P(Files, OnnxExport, ::testing::ValuesIn(exports()), [](const auto& info) {
  const std::string& file = info.param.file;
  return file.substr(0, file.find('.'));
});

TEST(OnnxExports, AreThoseOfBothExporters) {
  EXPECT_EQ(exports().size(), 10U);
}

TEST(OnnxExports, NormalisationsArePadsAndPoolsAndPowers) {
  for (const char* exporter : {"legacy", "dynamo"}) {
    SCOPED_TRACE(exporter);
    const auto import = [&](const char* name) {
      return import_model(kFolder / (std::string(name) + "_" + exporter + ".onnx"),
                          {std::nullopt, "bvlc_googlenet"});
    };
    const Model ceil = import("ceil"), same = import("same"), symmetric = import("symmetric");
    EXPECT_EQ(rules_of(ceil.network).padding, Padding::caffe);
    EXPECT_TRUE(rules_of(ceil.network).lrn.present);
    EXPECT_EQ(rules_of(ceil.network).lrn.radius, 2);
    EXPECT_FLOAT_EQ(rules_of(ceil.network).lrn.alpha, 0.1F);
    EXPECT_EQ(rules_of(ceil.network).lrn.beta, 0.75F);
    EXPECT_EQ(rules_of(ceil.network).lrn.bias, 1);
    EXPECT_EQ(rules_of(same.network).padding, Padding::tf_same);
    EXPECT_EQ(rules_of(same.network).lrn.radius, 5);
    EXPECT_FLOAT_EQ(rules_of(same.network).lrn.alpha, 0.1F);
    EXPECT_EQ(rules_of(same.network).lrn.beta, 0.5F);
    EXPECT_EQ(rules_of(same.network).lrn.bias, 2);
    EXPECT_EQ(rules_of(symmetric.network).padding, Padding::symmetric);
    EXPECT_FALSE(rules_of(symmetric.network).lrn.present);
    EXPECT_EQ(rules_of(symmetric.network).pool_sizes, kUsualPools);
  }
}

TEST(OnnxExports, TorchvisionsInputIsImageNetsWhateverStandsInside) {
  for (const char* exporter : {"legacy", "dynamo"}) {
    const auto import = [&](const char* name, ImportReport& report) {
      return import_model(kFolder / (std::string(name) + "_" + exporter + ".onnx"),
                          {std::nullopt, "torchvision_googlenet"}, &report);
    };
    ImportReport inside, outside;
    const Model transformed = import("torchvision", inside), plain = import("torchvision_plain", outside);
    for (const ImportReport& report : {inside, outside}) {
      EXPECT_EQ(report.input_rule, "imagenet");
      ASSERT_FALSE(report.assumed.empty());
      EXPECT_NE(report.assumed.back().find("0.485"), std::string::npos);
    }
    const std::array<float, 3> halves = {127.5F, 127.5F, 127.5F},
                               means = {0.485F * 255, 0.456F * 255, 0.406F * 255};
    for (std::size_t c = 0; c < 3; ++c) {
      EXPECT_NEAR(transformed.input.mean[c], halves[c], 1e-3);
      EXPECT_NEAR(plain.input.mean[c], means[c], 1e-3);
    }
    EXPECT_EQ(rules_of(transformed.network).pool_sizes, (PoolSizes{3, 3, 3, 2}));
  }
}

}  // namespace
}  // namespace limpid::onnx_exports_test
