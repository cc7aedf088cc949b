#include "weights/topology.h"

#include <gtest/gtest.h>

#include <set>

namespace limpid {
namespace {

const LayerSpec& spec(std::string_view name) {
  for (const LayerSpec& layer : inception_layers()) {
    if (layer.name == name) return layer;
  }
  throw std::out_of_range(std::string(name));
}

TEST(Topology, Has57ConvolutionsAndTheClassifier) {
  EXPECT_EQ(inception_layers().size(), 58U);
  EXPECT_EQ(inception_layers().front().name, "conv2d0");
  EXPECT_EQ(inception_layers().back().name, "logits");
}

TEST(Topology, ReadsOnlyLayersBefore) {
  std::set<std::string> seen;
  for (const LayerSpec& layer : inception_layers()) {
    for (const std::string& input : layer.inputs) EXPECT_TRUE(seen.contains(input)) << layer.name;
    EXPECT_TRUE(seen.insert(layer.name).second) << layer.name;
  }
}

TEST(Topology, ConnectsModulesInTheOrderOfTheirConcatenation) {
  const std::vector<std::string> mixed3a = {"mixed3a_1x1", "mixed3a_3x3", "mixed3a_5x5",
                                            "mixed3a_pool_reduce"};
  EXPECT_EQ(spec("mixed3a_pool_reduce").inputs, std::vector<std::string>{"conv2d2"});
  EXPECT_EQ(spec("mixed3a_3x3").inputs, std::vector<std::string>{"mixed3a_3x3_bottleneck"});
  EXPECT_EQ(spec("mixed3b_5x5_bottleneck").inputs, mixed3a);
  EXPECT_EQ(spec("conv2d0").stride, 2);
  EXPECT_EQ(spec("conv2d0").size, 7);
  EXPECT_TRUE(spec("conv2d0").inputs.empty());
  EXPECT_EQ(spec("mixed5b_5x5").size, 5);
  EXPECT_EQ(spec("mixed5b_5x5").caffe, "inception_5b/5x5");
}

TEST(Topology, KnowsNamesAndAliases) {
  EXPECT_EQ(canonical_layer_name("mixed4a_3x3_bottleneck"), "mixed4a_3x3_bottleneck");
  EXPECT_EQ(canonical_layer_name("inception_4a/3x3_reduce"), "mixed4a_3x3_bottleneck");
  EXPECT_EQ(canonical_layer_name("inception_4a/pool_proj"), "mixed4a_pool_reduce");
  EXPECT_EQ(canonical_layer_name("inception_4a/pool"), "mixed4a_pool");
  EXPECT_EQ(canonical_layer_name("inception_4a/output"), "mixed4a");
  EXPECT_EQ(canonical_layer_name("mixed5b"), "mixed5b");
  EXPECT_EQ(canonical_layer_name("conv1/7x7_s2"), "conv2d0");
  EXPECT_EQ(canonical_layer_name("pool4/3x3_s2"), "maxpool10");
  EXPECT_EQ(canonical_layer_name("conv2/norm2"), "localresponsenorm1");
  EXPECT_EQ(canonical_layer_name("loss3/classifier"), "logits");
  EXPECT_EQ(canonical_layer_name("softmax2_pre_activation"), "logits");
  EXPECT_EQ(canonical_layer_name("softmax2"), "softmax");
  EXPECT_EQ(canonical_layer_name("prob"), "softmax");
}

TEST(Topology, RefusesUnknownNames) {
  for (const char* name :
       {"", "mixed6a", "mixed4", "mixed4a_", "inception_4a", "inception_4a/1x1/", "Mixed4a"}) {
    EXPECT_EQ(canonical_layer_name(name), "") << name;
  }
}

}  // namespace
}  // namespace limpid
