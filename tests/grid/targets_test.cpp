// Targets become objectives, and what is wrong with them is said.
#include "engine/grid/targets.h"

#include <gtest/gtest.h>

#include "engine/network/layers.h"
#include "tests/weights/support.h"
#include "weights/topology.h"

namespace limpid::testing {
namespace {

using Texts = std::vector<std::string>;

/// A module of the narrow model has eight channels, a convolution two, and there are three classes.
class Targets : public ::testing::Test {
 protected:
  void SetUp() override {
    model_ = narrow_model("bvlc_googlenet");
    model_.classes = {"tench, Tinca tinca", "tabby, tabby cat", "7-up"};
  }

  Texts expand(std::string_view target) const {
    Texts texts;
    for (const Objective& objective : expand_target(target, model_)) texts.push_back(to_string(objective));
    return texts;
  }

  void expect_refused(std::string_view target, std::initializer_list<std::string_view> parts) const {
    SCOPED_TRACE(target);
    expect_error(ErrorKind::usage, parts, [&] { expand_target(target, model_); });
  }

  Model model_;
};

TEST_F(Targets, ALayerIsEveryChannelOfIt) {
  EXPECT_EQ(expand("mixed4a_3x3"), (Texts{"mixed4a_3x3:0", "mixed4a_3x3:1"}));
  EXPECT_EQ(expand("mixed4a").size(), 8U);
  EXPECT_EQ(expand("mixed4a").back(), "mixed4a:7");
  EXPECT_EQ(expand("logits"), (Texts{"logits:0", "logits:1", "logits:2"}));
}

TEST_F(Targets, AliasesBecomeCanonical) {
  EXPECT_EQ(expand("inception_4a/3x3:1"), Texts{"mixed4a_3x3:1"});
  EXPECT_EQ(expand("mixed4a_pre_relu:0,1"), (Texts{"mixed4a:0:pre", "mixed4a:1:pre"}));
  EXPECT_EQ(expand("labels:tabby cat"), Texts{"softmax:1"});
  EXPECT_EQ(expand("mixed4a:0,1@3,4:pre"), (Texts{"mixed4a:0:pre@3,4", "mixed4a:1:pre@3,4"}));
}

TEST_F(Targets, RangesIncludeBothEndsAndListsKeepTheirOrder) {
  EXPECT_EQ(expand("mixed4a:2-4"), (Texts{"mixed4a:2", "mixed4a:3", "mixed4a:4"}));
  EXPECT_EQ(expand("mixed4a:5-5"), Texts{"mixed4a:5"});
  EXPECT_EQ(expand("mixed4a:7,0-1,3"), (Texts{"mixed4a:7", "mixed4a:0", "mixed4a:1", "mixed4a:3"}));
}

TEST_F(Targets, SignReluAndPositionHoldForEveryChannel) {
  EXPECT_EQ(expand("-mixed4a:0-1"), (Texts{"-mixed4a:0", "-mixed4a:1"}));
  EXPECT_EQ(expand("mixed4a:pre").size(), 8U);
  EXPECT_EQ(expand("mixed4a:0,1:pre"), (Texts{"mixed4a:0:pre", "mixed4a:1:pre"}));
  EXPECT_EQ(expand("mixed4a:pre:0,1"), (Texts{"mixed4a:0:pre", "mixed4a:1:pre"}));
  EXPECT_EQ(expand("mixed4a:0,1@c"), (Texts{"mixed4a:0@c", "mixed4a:1@c"}));
  EXPECT_EQ(expand("conv2d1@3,4"), (Texts{"conv2d1:0@3,4", "conv2d1:1@3,4"}));
}

TEST_F(Targets, ClassesGoByLabel) {
  EXPECT_EQ(expand("logits:tabby cat"), Texts{"logits:1"});
  EXPECT_EQ(expand("softmax:7-up"), Texts{"softmax:2"});
}

TEST_F(Targets, AllIsTheStemAndEveryModule) {
  std::size_t channels = 0;
  for (const auto* layer : {"conv2d0", "conv2d1", "conv2d2"}) {
    channels += static_cast<std::size_t>(channel_count(model_, layer));
  }
  for (const std::string_view module : kModules) {
    channels += static_cast<std::size_t>(channel_count(model_, std::string(module)));
  }
  const Texts all = expand("all");
  EXPECT_EQ(all.size(), channels);
  EXPECT_EQ(all.front(), "conv2d0:0");
  EXPECT_EQ(all.back(), "mixed5b:7");
  EXPECT_EQ(expand("-all:pre").front(), "-conv2d0:0:pre");
}

TEST_F(Targets, WhatIsWrongIsSaid) {
  expect_refused("mixd4a", {"unknown layer 'mixd4a'", "mixed4a"});
  expect_refused("", {"begins with no layer"});
  expect_refused("-", {"begins with no layer"});
  expect_refused("mixed4a:", {"nothing follows"});
  expect_refused("mixed4a:8", {"no channel 8", "0 to 7"});
  expect_refused("mixed4a:0-8", {"no channel 8", "0 to 7"});
  expect_refused("mixed4a:99999999999999999999", {"no channel 99999999999999999999"});
  expect_refused("mixed4a:5-2", {"range 5-2 is empty", "2-5"});
  expect_refused("mixed4a:5-", {"'' is no channel"});
  expect_refused("mixed4a:-5", {"'-5' is no channel"});
  expect_refused("mixed4a:1,,2", {"'' is no channel"});
  expect_refused("mixed4a:1,", {"'' is no channel"});
  expect_refused("mixed4a:1-2-3", {"'2-3' is no channel"});
  expect_refused("mixed4a:first", {"'first' is no channel"});
  expect_refused("mixed4a:1:2", {"'2' follows channels"});
  expect_refused("mixed4a:pre:pre:1", {"'1' follows channels"});
  expect_refused("logits:pre", {"logits has no ReLU"});
  expect_refused("logits:dog", {"no class is labelled 'dog'"});
  expect_refused("mixed4a@x", {"no position"});
  expect_refused("all:3", {"'all'", "no channels"});
}

}  // namespace
}  // namespace limpid::testing
