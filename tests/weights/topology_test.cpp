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

}  // namespace
}  // namespace limpid
