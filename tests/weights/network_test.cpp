// A network as data, and InceptionV1 as one.
#include "weights/network.h"

#include <gtest/gtest.h>

#include <optional>
#include <set>
#include <string>
#include <utility>

#include "weights/families.h"
#include "weights/inception_v1.h"
#include "weights/layer_names.h"

namespace limpid {
namespace {

TEST(InceptionV1, IsInOrderAndEveryLayerHasOneName) {
  for (const Family& family : families()) {
    const Network network = inception_v1({family.padding, family.pool_sizes, family.lrn});
    std::set<std::string> names;
    for (ValueId id = 0; id < network.size(); ++id) {
      const Node& node = network.node(id);
      EXPECT_EQ(node.inputs.empty(), id == 0);
      for (const ValueId input : node.inputs) EXPECT_LT(input, id);
      if (!node.name.empty()) {
        EXPECT_TRUE(names.insert(node.name).second) << node.name;
      }
      for (const std::string& alias : node.aliases) {
        const std::optional<NamedLayer> known = find_layer(alias);
        EXPECT_EQ(known ? known->layer : "unknown", node.name) << alias;
      }
    }
    EXPECT_EQ(network.layer_names().size(), 84U);
    const auto* last_pool = network.as<MaxPoolNode>(network.find("maxpool10"));
    ASSERT_NE(last_pool, nullptr);
    EXPECT_EQ(last_pool->size, family.pool_sizes[3]);
    const bool normalised = network.as<LrnNode>(network.find("localresponsenorm1")) != nullptr;
    EXPECT_EQ(normalised, family.lrn.present);
    EXPECT_EQ(network.find("inception_4a/output"), -1) << "an alias is no layer's own name";
  }
}

TEST(InceptionV1, KnowsWhatComesFromWhat) {
  const Network network = inception_v1({});
  const auto depends = [&](const char* later, const char* earlier) {
    return network.depends(network.find(later), network.find(earlier));
  };
  EXPECT_TRUE(depends("mixed4a_3x3", "mixed4a_3x3_bottleneck"));
  EXPECT_FALSE(depends("mixed4a_5x5", "mixed4a_3x3_bottleneck"));
  EXPECT_FALSE(depends("mixed4a_3x3_bottleneck", "mixed4a_3x3"));
  EXPECT_TRUE(depends("softmax", "conv2d0"));
  EXPECT_TRUE(depends("mixed4d", "mixed4d"));
  for (const char* layer : {"conv2d0", "mixed4a", "mixed4a_5x5"})
    EXPECT_TRUE(network.has_relu(network.find(layer)));
  for (const char* layer : {"maxpool0", "mixed4a_pool", "logits", "softmax"}) {
    EXPECT_FALSE(network.has_relu(network.find(layer))) << layer;
  }
  EXPECT_TRUE(network.is_classes(network.find("logits")));
  EXPECT_TRUE(network.is_classes(network.find("softmax")));
  EXPECT_FALSE(network.is_classes(network.find("mixed5b")));
  EXPECT_FALSE(network.is_classes(network.find("nothing")));
}

TEST(InceptionV1, ItsTrunkIsStemAndModules) {
  InceptionRules without_norms;
  without_norms.lrn.present = false;
  for (const InceptionRules& rules : {InceptionRules{}, without_norms}) {
    EXPECT_EQ(inception_v1(rules).trunk_layers(),
              (std::vector<std::string>{"conv2d0", "conv2d1", "conv2d2", "mixed3a", "mixed3b", "mixed4a",
                                        "mixed4b", "mixed4c", "mixed4d", "mixed4e", "mixed5a", "mixed5b"}));
  }
}

TEST(Network, WhatALayerIsPassedByIsNoTrunk) {
  Network network;  // conv -> relu "a"; "b" behind it, and both together in "c"; logits read "c".
  network.nodes = {{"", {}, PictureNode{}, {}},       {"", {}, ConvNode{"a"}, {0}},
                   {"a", {}, ReluNode{}, {1}},        {"", {}, ConvNode{"b"}, {2}},
                   {"b", {}, ReluNode{}, {3}},        {"c", {}, ConcatNode{}, {2, 4}},
                   {"logits", {}, ConvNode{"l"}, {5}}};
  network.logits = 6;
  EXPECT_EQ(network.trunk_layers(), (std::vector<std::string>{"a", "c"}));
}

/// The order of a grid's jobs, and so which shard has which, hangs on these.
TEST(InceptionV1, LayersOfAModuleAreAsDeepAsTheModule) {
  const Network network = inception_v1({});
  const std::vector<int> depths = network.trunk_depths();
  for (const auto& [layer, depth] : {std::pair{"conv2d0", 0},
                                     {"maxpool0", 1},
                                     {"localresponsenorm0", 2},
                                     {"conv2d1", 3},
                                     {"maxpool1", 6},
                                     {"mixed3a", 7},
                                     {"mixed3b_5x5_bottleneck", 8},
                                     {"maxpool4", 9},
                                     {"mixed4a", 10},
                                     {"mixed4a_1x1", 10},
                                     {"mixed4a_3x3", 10},
                                     {"mixed4a_pool", 10},
                                     {"mixed4a_pool_reduce", 10},
                                     {"mixed5b_5x5", 17},
                                     {"avgpool0", 18},
                                     {"logits", 19},
                                     {"softmax", 20}}) {
    EXPECT_EQ(depths[static_cast<std::size_t>(network.find(layer))], depth) << layer;
  }
}

}  // namespace
}  // namespace limpid
