// Layers appended to a network: what may be one, and that the weights file keeps it.
#include "weights/append_layer.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <string>

#include "kernels/core/error.h"
#include "tests/weights/support.h"
#include "weights/hdf5_file.h"
#include "weights/inception_v1.h"
#include "weights/model_schema.h"
#include "weights/nodes_json.h"
#include "weights/npz_writer.h"
#include "weights/topology.h"

namespace limpid::testing {
namespace {

/// k outputs of a layer of c channels.
AppendedLayer layer_on(const std::string& reads, const std::string& name, int k, int c, bool relu = true) {
  AppendedLayer layer{reads, relu, {name, k, 0, 0, {}, {}}};
  for (int i = 0; i < k * c; ++i) layer.conv.filter.push_back(0.25F * static_cast<float>(i % 9 - 4));
  for (int i = 0; i < k; ++i) layer.conv.bias.push_back(static_cast<float>(i) - 1);
  return layer;
}

class AppendLayer : public ::testing::Test {
 protected:
  std::string refusal(const AppendedLayer& layer) {
    try {
      append_layer(model_, layer, "dictionary.npz");
    } catch (const Error& error) {
      EXPECT_EQ(error.exit_code(), 2);
      return error.what();
    }
    return "none";
  }

  Model model_ = narrow_model("bvlc_googlenet");
  int channels_ = 8;  ///< Of every module.
  TemporaryFolder folder_;
};

TEST_F(AppendLayer, IsALayerOfTheNetwork) {
  append_layer(model_, layer_on("mixed4d", "dictionary", 3, channels_), "test");
  append_layer(model_, layer_on("dictionary", "probe", 2, 3, false), "test");
  const Network network = model_.network;
  EXPECT_TRUE(network.has_relu(network.find("dictionary")));
  EXPECT_FALSE(network.has_relu(network.find("probe")));
  EXPECT_TRUE(network.depends(network.find("probe"), network.find("mixed4d_5x5")));
  EXPECT_FALSE(network.depends(network.find("softmax"), network.find("dictionary")));
  EXPECT_EQ(model_.layer("dictionary").c, channels_);
  EXPECT_EQ(network.logits, inception_v1({}).logits);
}

TEST_F(AppendLayer, SaysWhatIsWrong) {
  EXPECT_EQ(refusal(layer_on("mixed9z", "dictionary", 3, channels_)),
            "dictionary.npz: 'dictionary' reads 'mixed9z', which does not exist");
  EXPECT_EQ(refusal(layer_on("mixed4d", "mixed4e", 3, channels_)),
            "dictionary.npz: there is a layer 'mixed4e' already");
  EXPECT_NE(refusal(layer_on("mixed4d", "fc", 3, channels_)).find("there is a layer 'fc' already"),
            std::string::npos)
      << "a name of another program for one of the network's";
  for (const char* name : {"", "4a", "a b", "mixed4d:x", "x+y"}) {
    EXPECT_NE(refusal(layer_on("mixed4d", name, 3, channels_)).find("cannot name a layer"), std::string::npos)
        << name;
  }
  EXPECT_NE(refusal(layer_on("mixed4d", "dictionary", 3, channels_ + 1)).find("no 1x1 convolution of the"),
            std::string::npos);
  AppendedLayer nan = layer_on("mixed4d", "dictionary", 3, channels_);
  nan.conv.filter.back() = std::numeric_limits<float>::quiet_NaN();
  EXPECT_NE(refusal(nan).find("not finite"), std::string::npos);
  EXPECT_EQ(model_.layers.size(), inception_layers().size());
}

TEST_F(AppendLayer, StaysInTheWeightsFile) {
  append_layer(model_, layer_on("mixed4d", "dictionary", 3, channels_), "test");
  append_layer(model_, layer_on("maxpool4", "probe", 2, channels_, false), "test");
  const std::filesystem::path path = folder_ / "appended.h5";
  write_model(model_, path);
  const Model read = read_model(path);
  expect_equal(read, model_);
  const std::vector<AppendedLayer> appended = appended_layers(read.network, "read");
  ASSERT_EQ(appended.size(), 2U);
  EXPECT_EQ(appended[0].reads, "mixed4d");
  EXPECT_TRUE(appended[0].relu);
  EXPECT_EQ(appended[1].reads, "maxpool4");
  EXPECT_FALSE(appended[1].relu);
  EXPECT_THROW(write_npz(model_, folder_ / "appended.npz", StoredType::f32), Error);
}

/// A TopK, a JumpReLU and one that reads before a ReLU, which files of the schema before do not know.
TEST_F(AppendLayer, GatesStayInTheWeightsFile) {
  AppendedLayer top = layer_on("mixed4d", "top", 4, channels_);
  top.gated = {ReluGate::top_k, 2};
  append_layer(model_, top, "test");
  AppendedLayer jump = layer_on("mixed4d_3x3", "jump", 3, model_.layer("mixed4d_3x3").k);
  jump.gated = {ReluGate::threshold, 0};
  jump.conv.threshold = {0.5F, 0, 2};
  append_layer(model_, jump, "test");
  AppendedLayer before = layer_on("mixed4d_3x3", "before", 2, model_.layer("mixed4d_3x3").k, false);
  before.reads_pre_relu = true;
  append_layer(model_, before, "test");
  EXPECT_EQ(model_.network.node(model_.network.find("before")).inputs.front(),
            model_.network.find("mixed4d_3x3") - 1);

  const std::filesystem::path path = folder_ / "gated.h5";
  write_model(model_, path);
  const Model read = read_model(path);
  EXPECT_TRUE(read.network.nodes == model_.network.nodes);
  expect_equal(read, model_);
  EXPECT_EQ(read.layer("jump").threshold, jump.conv.threshold);
  const std::vector<AppendedLayer> appended = appended_layers(read.network, "read");
  ASSERT_EQ(appended.size(), 3U);
  EXPECT_EQ(appended[0].gated.kept, 2);
  EXPECT_EQ(appended[1].gated.gate, ReluGate::threshold);
  EXPECT_EQ(appended[2].reads, "mixed4d_3x3");
  EXPECT_TRUE(appended[2].reads_pre_relu);
}

/// Written is the least schema that suffices, so that programs of before read what they know.
TEST_F(AppendLayer, SchemaIsTheLeastThatSuffices) {
  EXPECT_LT(schema::version_of(model_), 3);
  append_layer(model_, layer_on("mixed4d", "plain", 3, channels_), "test");
  EXPECT_EQ(schema::version_of(model_), 3);
  AppendedLayer top = layer_on("mixed4d", "top", 4, channels_);
  top.gated = {ReluGate::top_k, 2};
  append_layer(model_, top, "test");
  EXPECT_EQ(schema::version_of(model_), 4);
}

TEST_F(AppendLayer, GatesThatDoNotFitAreRefused) {
  AppendedLayer top = layer_on("mixed4d", "top", 4, channels_);
  for (const int kept : {0, -1, 5}) {
    top.gated = {ReluGate::top_k, kept};
    EXPECT_NE(refusal(top).find("keeps " + std::to_string(kept) + " of 4 channels"), std::string::npos);
  }
  AppendedLayer jump = layer_on("mixed4d", "jump", 3, channels_);
  jump.gated = {ReluGate::threshold, 0};
  EXPECT_NE(refusal(jump).find("0 thresholds for 3 channels"), std::string::npos);
  jump.conv.threshold = {1, 2, std::numeric_limits<float>::infinity()};
  EXPECT_NE(refusal(jump).find("not finite"), std::string::npos);
  jump.gated = {};
  EXPECT_NE(refusal(jump).find("without a JumpReLU"), std::string::npos);
  AppendedLayer before = layer_on("mixed4d", "before", 3, channels_);
  before.reads_pre_relu = true;
  EXPECT_NE(refusal(before).find("take one of its branches"), std::string::npos);
  EXPECT_EQ(model_.layers.size(), inception_layers().size());
}

TEST_F(AppendLayer, NodesOfAnotherNetworkAreRefused) {
  append_layer(model_, layer_on("mixed4d", "dictionary", 3, channels_), "test");
  const std::vector<std::string> nodes = nodes_to_json(model_.network);
  const Network known = inception_v1(rules_of(model_.network));
  const auto read_nodes = [&](const std::vector<std::string>& texts) {
    return appended_layers(network_from_json(texts, known, "node"), "node");
  };
  EXPECT_EQ(read_nodes(nodes).size(), 1U);
  const auto expect_refused = [&](std::size_t index, const std::string& text) {
    std::vector<std::string> other = nodes;
    other[index] = text;
    EXPECT_THROW(read_nodes(other), Error) << text;
  };
  expect_refused(0, R"({"op":"picture"})");
  expect_refused(1, "[[[[1]]]]");
  expect_refused(1, "{");
  expect_refused(3,
                 R"({"op":"max_pool","size":5,"stride":2,"padding":"caffe","name":"maxpool0","inputs":[2]})");
  const std::size_t first = nodes.size() - 2;
  expect_refused(first, R"({"op":"conv","layer":"d","size":3,"stride":1,"padding":"caffe","inputs":[4]})");
  expect_refused(
      first, R"({"op":"conv","layer":"dictionary","size":1,"stride":1,"padding":"caffe","inputs":[100000]})");
  expect_refused(
      first, R"({"op":"conv","layer":"dictionary","size":1,"stride":1,"padding":"caffe","inputs":["a"]})");
  // The number of the node that it reads, which is the same in 32 bits 2^32 further on or back.
  const std::string reads = nodes[first].substr(nodes[first].find(R"("inputs":[)") + 10);
  const std::int64_t read = std::stoll(reads);
  const auto with_input = [&](const std::string& number) {
    std::string text = nodes[first];
    return text.replace(text.find(R"("inputs":[)") + 10, std::to_string(read).size(), number);
  };
  EXPECT_EQ(with_input(std::to_string(read)), nodes[first]);
  expect_refused(first, with_input(std::to_string(read + (std::int64_t{1} << 32U))));
  expect_refused(first, with_input(std::to_string(read - (std::int64_t{1} << 32U))));
  expect_refused(first + 1, R"({"op":"relu","name":"other","inputs":[1]})");
  const std::string relu = R"({"op":"relu","name":"dictionary","inputs":[)" + std::to_string(first) + "]";
  const auto with_gate = [&](const std::string& gate) {
    std::vector<std::string> other = nodes;
    other[first + 1] = relu + gate + "}";
    return read_nodes(other).front().gated;
  };
  EXPECT_EQ(with_gate(R"(,"top_k":2)"), (ReluNode{ReluGate::top_k, 2}));
  EXPECT_EQ(with_gate(R"(,"threshold":true)"), (ReluNode{ReluGate::threshold, 0}));
  for (const char* gate : {R"(,"top_k":1e300)", R"(,"top_k":"2")", R"(,"top_k":4294967298)",
                           R"(,"threshold":1)", R"(,"threshold":true,"top_k":2)"}) {
    expect_refused(first + 1, relu + gate + "}");
  }
  std::vector<std::string> cut = nodes;
  cut.pop_back();
  EXPECT_THROW(read_nodes(cut), Error);
  cut.resize(7);
  EXPECT_THROW(read_nodes(cut), Error);
}

}  // namespace
}  // namespace limpid::testing
