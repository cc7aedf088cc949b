// Layer names as people type them.
#include "weights/layer_names.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace limpid {
namespace {

/// "mixed4a", "mixed4a:pre", or "unknown".
std::string meaning(std::string_view name) {
  const std::optional<NamedLayer> layer = find_layer(name);
  if (!layer) return "unknown";
  return layer->layer + (layer->pre_relu ? ":pre" : "");
}

struct Name {
  const char* typed;
  const char* meaning;
};

TEST(LayerNames, CanonicalNamesMeanThemselves) {
  for (const LayerSpec& spec : inception_layers()) EXPECT_EQ(meaning(spec.name), spec.name);
  for (const std::string_view module : kModules) {
    EXPECT_EQ(meaning(module), module);
    EXPECT_EQ(meaning(std::string(module) + "_pool"), std::string(module) + "_pool");
  }
  for (const char* name : {"maxpool0", "localresponsenorm0", "localresponsenorm1", "maxpool1", "maxpool4",
                           "maxpool10", "avgpool0", "softmax"}) {
    EXPECT_EQ(meaning(name), name);
  }
}

TEST(LayerNames, EveryAliasMeansWhatItsRowSays) {
  EXPECT_GT(layer_aliases().size(), 300U);
  for (const LayerAlias& alias : layer_aliases()) {
    EXPECT_EQ(meaning(alias.name), alias.meaning.layer + (alias.meaning.pre_relu ? ":pre" : ""))
        << alias.name;
  }
}

TEST(LayerNames, OtherProgramsNamesAreKnown) {
  const Name names[] = {
      // Caffe.
      {"inception_4a/3x3_reduce", "mixed4a_3x3_bottleneck"},
      {"inception_4a/pool_proj", "mixed4a_pool_reduce"},
      {"inception_4a/pool", "mixed4a_pool"},
      {"inception_4a/output", "mixed4a"},
      {"inception_4a", "mixed4a"},
      {"conv1/7x7_s2", "conv2d0"},
      {"pool4/3x3_s2", "maxpool10"},
      {"conv2/norm2", "localresponsenorm1"},
      {"loss3/classifier", "logits"},
      {"prob", "softmax"},
      // TensorFlow, lucid, lucent.
      {"mixed4a_pre_relu", "mixed4a:pre"},
      {"mixed4d_3x3_bottleneck_pre_relu", "mixed4d_3x3_bottleneck:pre"},
      {"mixed4a_3x3_pre_relu/conv", "mixed4a_3x3:pre"},
      {"mixed4a_3x3_pre_relu_conv", "mixed4a_3x3:pre"},
      {"conv2d0_pre_relu_conv", "conv2d0:pre"},
      {"softmax2_pre_activation", "logits"},
      {"softmax2_pre_activation_matmul", "logits"},
      {"softmax2", "softmax"},
      {"labels", "softmax"},
      // captum.
      {"mixed4a.conv_1x1", "mixed4a_1x1:pre"},
      {"mixed4a.conv_5x5_reduce", "mixed4a_5x5_bottleneck:pre"},
      {"conv3_relu", "conv2d2"},
      {"pool3", "maxpool4"},
      {"local_response_norm1", "localresponsenorm0"},
      // torchvision, and the same as lucent writes it.
      {"inception4a", "mixed4a"},
      {"inception4a.branch1", "mixed4a_1x1"},
      {"inception4a.branch1.bn", "mixed4a_1x1:pre"},
      {"inception4a.branch2.0", "mixed4a_3x3_bottleneck"},
      {"inception4a.branch2.1", "mixed4a_3x3"},
      {"inception4a.branch2", "mixed4a_3x3"},
      {"inception4a_branch3", "mixed4a_5x5"},
      {"inception4a_branch4_0", "mixed4a_pool"},
      {"inception4a.branch4", "mixed4a_pool_reduce"},
      {"conv1", "conv2d0"},
      {"conv3", "conv2d2"},
      {"fc", "logits"},
      {"avgpool", "avgpool0"},
      // Case and separators.
      {"Mixed4A", "mixed4a"},
      {"MIXED4A_3X3_PRE_RELU", "mixed4a_3x3:pre"},
      {"mixed4a/3x3", "mixed4a_3x3"},
      {"Logits", "logits"},
  };
  for (const Name& name : names) EXPECT_EQ(meaning(name.typed), name.meaning) << name.typed;
}

TEST(LayerNames, WhatMayMeanAnotherLayerIsUnknown) {
  // TF-slim's Mixed_4b is mixed4a; torchvision's maxpool2 and maxpool3 stand among numbers that are others
  // here.
  for (const char* name : {"", "mixed6a", "mixed4", "mixed4a_", "inception_4a/1x1/", "Mixed_4b", "maxpool2",
                           "maxpool3", "inception4a.branch5", "mixed4a 1x1"}) {
    EXPECT_EQ(meaning(name), "unknown") << name;
  }
}

TEST(LayerNames, SuggestsWhatWasMeant) {
  const Name names[] = {
      {"mixed4x", "mixed4a"},
      {"mixed4a/11", "mixed4a:11"},
      {"mixed4a[11]", "mixed4a:11"},
      {"mixed4a 11", "mixed4a:11"},
      {"mixed4a_11", "mixed4a:11"},
      {"mixed4a.11", "mixed4a:11"},
      {"mixed4a-11", "mixed4a:11"},
      {"Mixed4a, 11", "mixed4a:11"},
      {"mixed4a_3x3/5", "mixed4a_3x3:5"},
      {"mixed4a_pre_relu[476]", "mixed4a:pre:476"},
      {"inception_4a/output/7", "mixed4a:7"},
      {"labels[229]", "softmax:229"},
      {"mixed4a_1x2", "mixed4a_1x1"},
      {"inception_4a/3x3_reduc", "inception_4a/3x3_reduce"},
      {"11", "fc"},
      {"", "fc"},
  };
  for (const Name& name : names) EXPECT_EQ(nearest_layer(name.typed), name.meaning) << name.typed;
}

}  // namespace
}  // namespace limpid
