// Plans stay what they are: equal plans are equal bits. A change of one is deliberate, and its fingerprint
// changes in the same commit.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <vector>

#include "engine/network/layers.h"
#include "engine/network/planner.h"
#include "kernels/core/fnv1a.h"
#include "tests/engine/plan_text.h"
#include "tests/sanitized.h"
#include "weights/families.h"
#include "weights/topology.h"

namespace limpid {
namespace {

/// Under sanitizers, which are slow, every fifth plan does.
constexpr std::size_t kStep = test::kSanitized ? 5 : 1;

/// A family's network without values: planning looks at shapes alone.
Model shapes_of(const Family& family) {
  Model model = empty_model(family);
  std::map<std::string, int> widths;
  for (std::size_t i = 0; i < inception_layers().size(); ++i) {
    const LayerSpec& spec = inception_layers()[i];
    int c = spec.inputs.empty() ? 3 : 0;
    for (const std::string& input : spec.inputs) c += widths.at(input);
    widths[spec.name] = family.widths[i];
    model.layers.push_back({spec.name, family.widths[i], c, spec.size, {}, {}});
  }
  return model;
}

struct Case {
  std::string name;
  std::vector<TargetRequest> targets;
};

/// Every layer after its ReLU, before it, on both sides, with one channel, and as part of its module.
std::vector<Case> single_layers(const Model& model) {
  std::vector<Case> cases;
  for (const std::string& layer : layer_names(model)) {
    const TargetRequest post{layer, false, {}};
    const TargetRequest pre{layer, true, {}};
    cases.push_back({layer, {post}});
    cases.push_back({layer + ":1", {{layer, false, {1}}}});
    if (has_relu(model, layer)) {
      cases.push_back({layer + ":pre", {pre}});
      cases.push_back({layer + ":both", {pre, post}});
      cases.push_back({layer + ":both:1", {{layer, true, {1}, {1, 1, 1, 0}}, {layer, false, {0, 2}}}});
    }
    const std::string module = layer.substr(0, layer.find('_'));
    if (module == layer) continue;
    const TargetRequest whole{module, false, {}};
    cases.push_back({layer + ":module", {post, whole}});
    if (has_relu(model, layer)) cases.push_back({layer + ":module:pre", {{module, true, {}}, pre, post}});
  }
  return cases;
}

/// Some targets side by side, mostly neighbours, so that parts of one module meet.
std::vector<Case> mixtures(const Model& model) {
  std::mt19937 random(1);
  const auto below = [&](std::size_t count) { return static_cast<std::size_t>(random() % count); };
  const std::vector<std::string> layers = layer_names(model);
  std::vector<Case> cases;
  for (int i = 0; i < 40; ++i) {
    Case mixture{fmt::format("mixture-{}", i), {}};
    const std::size_t first = below(layers.size() - 1);  // The last is the softmax.
    for (std::size_t count = 2 + below(5); count > 0; --count) {
      const std::string& layer = layers[std::min(first + below(10), layers.size() - 2)];
      TargetRequest target{layer, has_relu(model, layer) && below(2) == 0, {}};
      for (std::size_t channels = below(3); channels > 0; --channels) {
        const auto width = static_cast<std::size_t>(channel_count(model, layer));
        target.channels.push_back(static_cast<int>(below(width)));
      }
      const bool there = std::any_of(
          mixture.targets.begin(), mixture.targets.end(),
          [&](const TargetRequest& t) { return t.layer == target.layer && t.pre_relu == target.pre_relu; });
      if (!there) mixture.targets.push_back(target);
    }
    cases.push_back(std::move(mixture));
  }
  return cases;
}

/// Of the forward plan and of those with a backward pass, for one operation after the other and for many at
/// once.
std::string texts(const Model& model, const std::vector<TargetRequest>& targets) {
  std::string all;
  for (const Concurrency concurrency : {Concurrency::serial, Concurrency::parallel}) {
    for (const bool backward : {false, true}) {
      if (!backward && concurrency == Concurrency::parallel) continue;
      PlanRequest request{targets, 96, 80, 2, backward, concurrency, 1, PoolGradient::max};
      if (backward && concurrency == Concurrency::parallel) request.pool_gradient = PoolGradient::l2;
      all += test::plan_text(model, make_plan(model, request));
    }
  }
  return all;
}

/// Name and fingerprint of each case, one a line: what the fixture of a family holds.
std::string fingerprints(const Model& model) {
  std::vector<Case> cases = single_layers(model);
  const std::vector<Case> more = mixtures(model);
  cases.insert(cases.end(), more.begin(), more.end());
  std::string lines;
  for (std::size_t i = 0; i < cases.size(); i += kStep) {
    const Case& c = cases[i];
    lines += fmt::format("{} {:016x}\n", c.name, fnv1a(texts(model, c.targets)));
  }
  return lines;
}

std::map<std::string, std::string> by_name(std::istream&& lines) {
  std::map<std::string, std::string> found;
  std::string name;
  std::string hash;
  while (lines >> name >> hash) found[name] = hash;
  return found;
}

class PlanFingerprint : public ::testing::TestWithParam<std::string> {};

TEST_P(PlanFingerprint, IsAsRecorded) {
  const std::string now = fingerprints(shapes_of(family(GetParam())));
  const std::string file = GetParam() + ".txt";
  const auto recorded = by_name(std::ifstream(std::filesystem::path(LIMPID_FIXTURES) / "plans" / file));
  const auto found = by_name(std::istringstream(now));
  ASSERT_GT(found.size(), 400U / kStep);
  for (const auto& [name, hash] : found) {
    const auto known = recorded.find(name);
    EXPECT_TRUE(known != recorded.end() && known->second == hash) << name << ": the plan is another";
  }
  EXPECT_EQ((recorded.size() + kStep - 1) / kStep, found.size());
  if (HasFailure()) {
    const std::string written = ::testing::TempDir() + file;
    std::ofstream(written) << now;
    ADD_FAILURE() << "the plans of now are in " << written
                  << "; if they are meant, tests/fixtures/plans takes them";
  }
}

INSTANTIATE_TEST_SUITE_P(Families, PlanFingerprint,
                         ::testing::Values("bvlc_googlenet", "inception5h", "limpid_default",
                                           "torchvision_googlenet"),
                         [](const auto& info) { return info.param; });

}  // namespace
}  // namespace limpid
