// What a caller of limpid.hpp gets wrong is an error, never a read beyond what was given.
#include <gtest/gtest.h>

#include <cmath>
#include <functional>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "engine/limpid.hpp"
#include "kernels/core/error.h"
#include "tests/engine/refusal.h"
#include "tests/weights/support.h"

namespace limpid::api_test {
namespace {

using test::refusal;
using testing::change_rules;
using testing::narrow_model;

constexpr int kSize = 64;
constexpr float kNaN = std::numeric_limits<float>::quiet_NaN();
const ComputeOptions kCpu{"cpu", Precision::fp32, 1};

Image picture() {
  return {kSize, kSize, std::vector<float>(std::size_t{3} * kSize * kSize, 0.5F)};
}

RenderOptions options() {
  RenderOptions result;
  result.objective = channel_objective("mixed3a", 1);
  result.height = result.width = kSize;
  result.steps = 1;
  result.compute = kCpu;
  return result;
}

/// The message of the Error that the call throws; another exception, or none, fails the test.
void expect_refused(const std::string& part, const std::function<void()>& call) {
  const std::string message = refusal(call);
  EXPECT_NE(message.find(part), std::string::npos) << "'" << part << "' is not in: " << message;
}

using Spoil = std::function<void(Model&)>;

/// Models that a program may make by mistake, and what is to be said of them.
std::vector<std::pair<Spoil, const char*>> bad_models() {
  return {
      {[](Model& model) { model = {}; }, "the model: its network has no nodes"},
      {[](Model& model) { model.layers.pop_back(); }, "the model: layer 'logits' is missing"},
      {[](Model& model) { model.layers[5].filter.pop_back(); }, "its filter holds"},
      {[](Model& model) { model.layers[5].filter.clear(); }, "its filter holds 0 values"},
      {[](Model& model) { model.layers[5].bias.clear(); }, "its bias is 0"},
      {[](Model& model) { model.layers[5].k = -1; }, "the model: layer"},
      {[](Model& model) { std::swap(model.layers[4], model.layers[5]); }, "belongs"},
      {[](Model& model) { change_rules(model, [](auto& rules) { rules.pool_sizes[0] = 5; }); },
       "a pool of 5 x 5"},
      {[](Model& model) { change_rules(model, [](auto& rules) { rules.lrn.radius = 9; }); },
       "LRN of radius 9"},
      {[](Model& model) { model.network.nodes.back().inputs = {model.network.size()}; }, "the model: node"},
      {[](Model& model) { std::get<ConvNode>(model.network.nodes[1].op).stride = 3; },
       "the model: node 1: a stride of 3"},
      {[](Model& model) { model.input.mean[0] = kNaN; }, "an input mean is nan"},
      {[](Model& model) { model.classes = {"one"}; }, "1 labels for 3 classes"},
  };
}

TEST(Api, EveryEntryRefusesABrokenModel) {
  for (const auto& [spoil, message] : bad_models()) {
    Model model = narrow_model("bvlc_googlenet");
    spoil(model);
    SCOPED_TRACE(message);
    expect_refused(message, [&] { describe_layers(model, kSize, kSize); });
    expect_refused(message, [&] { classify(model, picture(), true, kCpu); });
    expect_refused(message, [&] { activations(model, picture(), "mixed3a", false, kCpu); });
    expect_refused(message,
                   [&] { activations(model, picture(), std::vector<std::string>{"mixed3a"}, kCpu); });
    expect_refused(message, [&] { input_gradient(model, picture(), channel_objective("mixed3a", 1), kCpu); });
    expect_refused(message, [&] { render(model, options()); });
  }
}

TEST(Api, EveryEntryRefusesAPictureThatIsNotWhatItSays) {
  const Model model = narrow_model("bvlc_googlenet");
  Image short_by_one = picture(), with_nan = picture(), half_alpha = picture();
  short_by_one.rgb.pop_back();
  with_nan.rgb[17] = kNaN;
  half_alpha.alpha.assign(kSize, 1.0F);
  const std::pair<Image, const char*> pictures[] = {
      {Image{96, 96, {}}, "is 96x96 and has 0 values of colour: 27648 are needed"},
      {short_by_one, "values of colour"},
      {Image{0, 0, {}}, "is 0x0: a picture has at least one pixel"},
      {Image{-64, -64, picture().rgb}, "is -64x-64"},
      {Image{2147483647, 2147483647, picture().rgb}, "values of colour"},
      {with_nan, "value 17 of its colour is nan"},
      {half_alpha, "64 values of alpha"},
  };
  for (const auto& [image, message] : pictures) {
    SCOPED_TRACE(message);
    expect_refused(message, [&] { classify(model, image, true, kCpu); });
    expect_refused(message, [&] { activations(model, image, "mixed3a", false, kCpu); });
    expect_refused(message, [&] { activations(model, image, std::vector<std::string>{"mixed3a"}, kCpu); });
    expect_refused(message, [&] { input_gradient(model, image, channel_objective("mixed3a", 1), kCpu); });

    ObjectiveTerm term;
    term.kind = TermKind::match;
    term.layer = "mixed3a";
    term.photo = std::make_shared<const Image>(image);
    RenderOptions matched = options();
    matched.objective = term;
    expect_refused(message, [&] { render(model, matched); });
    RenderOptions started = options();
    started.start.photo = std::make_shared<const Photo>(Photo{"photo", "", image});
    if (image.height == kSize) expect_refused(message, [&] { render(model, started); });
  }
}

TEST(Api, AnObjectiveMadeByHandIsChecked) {
  const Model model = narrow_model("bvlc_googlenet");
  const auto refused = [&](const char* message, const std::function<void(ObjectiveTerm&)>& spoil) {
    ObjectiveTerm term;
    term.layer = "mixed3a";
    spoil(term);
    SCOPED_TRACE(message);
    expect_refused(message, [&] { input_gradient(model, picture(), term, kCpu); });
    RenderOptions rendered = options();
    rendered.objective = term;
    expect_refused(message, [&] { render(model, rendered); });
    rendered = options();
    rendered.watch = {term};
    expect_refused(message, [&] { render(model, rendered); });
  };
  refused("mixed3a has no channel -1: channels are 0 to 7", [](ObjectiveTerm& term) { term.channel = -1; });
  refused("mixed3a has no channel 8", [](ObjectiveTerm& term) { term.channel = 8; });
  refused("'nowhere' is no layer's canonical name", [](ObjectiveTerm& term) { term.layer = "nowhere"; });
  refused("it is mixed4a", [](ObjectiveTerm& term) { term.layer = "inception_4a/output"; });
  refused("its weight is nan", [](ObjectiveTerm& term) { term.weight = kNaN; });
  refused("has no ReLU", [](ObjectiveTerm& term) {
    term.layer = "logits";
    term.pre_relu = true;
  });
  refused("it has no vectors", [](ObjectiveTerm& term) { term.kind = TermKind::direction; });
  refused("its vectors are 1x1x8 with 7 values", [](ObjectiveTerm& term) {
    term.kind = TermKind::direction;
    term.vectors = std::make_shared<const FeatureVectors>(FeatureVectors{1, 1, 8, std::vector<float>(7)});
  });
  refused("its vectors are 1x1x7 with 7 values; mixed3a has 8 channels", [](ObjectiveTerm& term) {
    term.kind = TermKind::direction;
    term.vectors = std::make_shared<const FeatureVectors>(FeatureVectors{1, 1, 7, std::vector<float>(7)});
  });
  refused("its vectors are -1x-1x8", [](ObjectiveTerm& term) {
    term.kind = TermKind::patch;
    term.vectors = std::make_shared<const FeatureVectors>(FeatureVectors{-1, -1, 8, std::vector<float>(8)});
  });
  refused("it has a position, and mixed3a@1,1 is of the whole", [](ObjectiveTerm& term) {
    term.kind = TermKind::layer;
    term.position = Position{1, 1};
  });
  refused("its cossim is -1: a number from 0 on is needed",
          [](ObjectiveTerm& term) { term.cosine_power = -1; });
  refused("its frame is 0: a whole number from 1 to 8192 is needed",
          [](ObjectiveTerm& term) { term.frame = 0; });
  refused("its centre is nan: a number is needed", [](ObjectiveTerm& term) { term.centre = kNaN; });
  refused("it has no kind", [](ObjectiveTerm& term) { term.kind = TermKind::none; });
  refused("lies outside", [](ObjectiveTerm& term) { term.position = Position{0, -1}; });
  expect_refused("no term that reads a layer", [&] { input_gradient(model, picture(), Objective{}, kCpu); });
  RenderOptions none = options();
  none.objective = {};
  expect_refused("no term that reads a layer", [&] { render(model, none); });
}

TEST(Api, FilesOfARenderAreWhatTheySay) {
  const Model model = narrow_model("bvlc_googlenet");
  RenderOptions masked = options();
  masked.start.mask =
      std::make_shared<const Mask>(Mask{"mask", "", kSize, kSize, std::vector<float>(7, 1.0F)});
  expect_refused("the mask 'mask' is 64x64 and has 7 values", [&] { render(model, masked); });
  RenderOptions prior = options();
  prior.parameters = Maco{
      std::make_shared<const MagnitudePrior>(MagnitudePrior{"prior", "", 8, 8, std::vector<float>(119)})};
  expect_refused("has 119 magnitudes", [&] { render(model, prior); });
  prior.parameters = Maco{std::make_shared<const MagnitudePrior>(
      MagnitudePrior{"prior", "", 8, 8, std::vector<float>(120, kNaN)})};
  expect_refused("negative or not finite", [&] { render(model, prior); });
  expect_refused("nothing takes them", [&] { render(model, options(), {}, FrameRequest{1, {}}); });
  expect_refused("unknown layer 'nowhere'", [&] { activations(model, picture(), "nowhere", false, kCpu); });
  expect_refused("too small", [&] { describe_layers(model, -1, -1); });
}

TEST(Api, WhatIsRightStillRuns) {
  const Model model = narrow_model("bvlc_googlenet");
  EXPECT_EQ(classify(model, picture(), true, kCpu).size(), 3U);
  EXPECT_EQ(activations(model, picture(), "mixed3a_pre_relu", false, kCpu).values,
            activations(model, picture(), "mixed3a", true, kCpu).values);
  EXPECT_EQ(render(model, options()).snapshots.size(), 1U);
}

}  // namespace
}  // namespace limpid::api_test
