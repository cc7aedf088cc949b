// What a plan computes, and what it leaves out.
#include "engine/network/planner.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <string>
#include <vector>

#include "engine/limpid.hpp"
#include "engine/network/accesses.h"
#include "engine/network/layers.h"
#include "engine/network/liveness.h"
#include "kernels/core/error.h"
#include "tests/sanitized.h"
#include "weights/synthetic.h"

namespace limpid::planner_test {
namespace {

const Model& bvlc() {
  static const Model model = synthetic_model("bvlc_googlenet", 1);
  return model;
}

Plan plan_for(const TargetRequest& target, int h = 64, int w = 64, bool backward = true) {
  return make_plan(bvlc(), {{target}, h, w, 1, backward});
}

std::vector<std::string> names(const std::vector<PlanOp>& ops) {
  std::vector<std::string> result;
  for (const PlanOp& op : ops) result.push_back(op.name);
  return result;
}

const PlanConv& conv_named(const Plan& plan, const std::string& name) {
  const auto found = std::find_if(plan.convs.begin(), plan.convs.end(),
                                  [&](const PlanConv& conv) { return conv.name == name; });
  if (found == plan.convs.end()) throw std::out_of_range(name);
  return *found;
}

std::string message_of(const PlanRequest& request, const Model& model = bvlc()) {
  try {
    make_plan(model, request);
  } catch (const Error& e) {
    EXPECT_EQ(e.exit_code(), 2);
    return e.what();
  }
  return "no error";
}

TEST(Planner, StopsAtTheTarget) {
  EXPECT_EQ(names(plan_for({"localresponsenorm0", false, {}}).forward),
            (std::vector<std::string>{"conv2d0 fprop", "maxpool0 fprop", "localresponsenorm0 fprop"}));
}

TEST(Planner, ComputesOneBranchAndOneGroupOfFiltersForAChannel) {
  // Channel 11 lies in the 1x1 branch, 200 in the 3x3, 430 in the 5x5, 511 in the pool branch.
  const Plan plan = plan_for({"mixed4a", false, {200}});
  const std::vector<std::string> ops = names(plan.forward);
  EXPECT_EQ(
      std::vector<std::string>(ops.end() - 3, ops.end()),
      (std::vector<std::string>{"maxpool4 fprop", "mixed4a_3x3_bottleneck fprop", "mixed4a_3x3 fprop"}));
  EXPECT_EQ(conv_named(plan, "mixed4a_3x3").shape.k, 8);
  EXPECT_EQ(conv_named(plan, "mixed4a_3x3_bottleneck").shape.k, 96);
  EXPECT_EQ(plan.targets.front().channels.physical(200), 0);
  EXPECT_EQ(plan.targets.front().channels.physical(201), -1);

  EXPECT_EQ(names(plan_for({"mixed4a", false, {11}}).forward).back(), "mixed4a_1x1 fprop");
  EXPECT_EQ(conv_named(plan_for({"mixed4a", false, {430}}), "mixed4a_5x5").shape.k, 8);
  EXPECT_EQ(conv_named(plan_for({"mixed4a", false, {511}}), "mixed4a_pool_reduce").shape.k, 8);
}

TEST(Planner, MergesTheConvolutionsThatReadAModulesInput) {
  const Plan plan = plan_for({"mixed4a", false, {}});
  const PlanConv& merged = conv_named(plan, "mixed3a_3x3_bottleneck+5x5_bottleneck+1x1");
  EXPECT_EQ(merged.shape.k, 96 + 16 + 64);
  EXPECT_EQ(merged.parts.size(), 3U);
}

TEST(Planner, PadsWidthsToGroupsAndKeepsLogicalNumbers) {
  const Model model = synthetic_model("inception5h", 1);
  const Plan plan = make_plan(model, {{{"mixed4a", false, {}}}, 64, 64, 1, true});
  const PlanTarget& target = plan.targets.front();
  EXPECT_EQ(target.logical_channels, 508);
  EXPECT_EQ(target.channels.physical_count(), 512);
  EXPECT_EQ(target.channels.physical(395), 395);
  EXPECT_EQ(target.channels.physical(396), 400);  // Behind the four padded channels of the 3x3 branch.
  EXPECT_EQ(target.channels.physical(507), 511);
}

TEST(Planner, MasksInTheOperationThatWritesLastWhereThatCan) {
  const Plan plan = plan_for({"mixed4a", false, {}});
  int separate = 0;
  for (const PlanOp& op : plan.backward) separate += std::holds_alternative<ReluBackwardOp>(op.op) ? 1 : 0;
  // The target itself, conv2d1, and the bottlenecks of mixed3a, 3b and 4a; all others ride on a pool or an
  // LRN.
  EXPECT_EQ(separate, 5);
}

/// Every buffer is used but those that two operations in one have no use for, lies in the arena, and meets no other that is live.
void expect_sound_memory(const Plan& plan, const std::string& what) {
  std::vector<std::size_t> bytes;
  for (const PlanBuffer& b : plan.buffers) {
    bytes.push_back(static_cast<std::size_t>(b.groups * b.h * b.w) * 32);
  }
  const ArenaLayout layout = lay_out(plan, bytes);
  std::ptrdiff_t unused = 0;
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    if (plan.buffers[i].first_use < 0) {
      ++unused;
      continue;
    }
    ASSERT_LE(layout.offsets[i] + bytes[i], layout.bytes);
    for (std::size_t j = 0; j < i; ++j) {
      const bool together = plan.buffers[i].first_use <= plan.buffers[j].last_use &&
                            plan.buffers[j].first_use <= plan.buffers[i].last_use;
      const bool overlap = layout.offsets[i] < layout.offsets[j] + bytes[j] &&
                           layout.offsets[j] < layout.offsets[i] + bytes[i];
      ASSERT_FALSE(together && overlap)
          << what << ": " << plan.buffers[i].name << ", " << plan.buffers[j].name;
    }
  }
  // What is between an LRN and its pool, where they are one operation.
  std::ptrdiff_t between = 0;
  for (const PlanOp& op : plan.forward) between += std::holds_alternative<LrnPoolFpropOp>(op.op);
  for (const PlanOp& op : plan.backward) between += std::holds_alternative<LrnPoolBpropOp>(op.op);
  EXPECT_EQ(unused, between) << what << ": a buffer is never used";
}

TEST(Planner, BuffersLiveAtTheSameTimeDoNotShareMemory) {
  for (const std::string& layer : layer_names(bvlc())) {
    for (const bool backward : {false, true}) {
      expect_sound_memory(plan_for({layer, false, {}}, 96, 80, backward), layer);
      if (!has_relu(bvlc(), layer)) continue;
      const PlanRequest both{
          {{layer, true, {}}, {layer, false, {1}}, {"maxpool10", false, {}}}, 96, 80, 1, backward};
      expect_sound_memory(make_plan(bvlc(), both), layer + " on both sides");
    }
  }
}

/// Whether the operation adds to what it writes, so that it must be there.
bool adds(const AnyOp& op) {
  return std::visit(
      [](const auto& o) {
        using Op = std::decay_t<decltype(o)>;
        if constexpr (requires { o.accumulate; }) return o.accumulate;
        return std::is_same_v<Op, AddGradientOp> || std::is_same_v<Op, CaricatureSeedOp> ||
               std::is_same_v<Op, GramSeedOp> || std::is_same_v<Op, ReluBackwardOp>;
      },
      op);
}

/// Follows a plan group by group: nothing is read that was not written, nothing written over that counts.
void expect_sound_order(const Plan& plan, const std::string& what) {
  std::set<std::pair<int, int>> written;
  const auto groups_written = [&](const Slice& slice) {
    int count = 0;
    for (int g = slice.first; g < slice.first + slice.groups; ++g)
      count += written.contains({slice.buffer, g});
    return count;
  };
  for (const auto* ops : {&plan.forward, &plan.backward}) {
    for (const PlanOp& op : *ops) {
      std::size_t own = accesses(plan, {op.name, op.op, {}, 0}).size();
      for (const Access& access : accesses(plan, op)) {
        const bool mask = own == 0;  // ReLUs come last, and change what the operation or another wrote.
        if (!mask) --own;
        const int expected = access.write && !mask && !adds(op.op) ? 0 : access.slice.groups;
        ASSERT_EQ(groups_written(access.slice), expected)
            << what << ": " << op.name << ", "
            << plan.buffers[static_cast<std::size_t>(access.slice.buffer)].name;
        for (int g = access.slice.first; access.write && g < access.slice.first + access.slice.groups; ++g) {
          written.insert({access.slice.buffer, g});
        }
      }
    }
  }
  for (const PlanTarget& target : plan.targets) {
    EXPECT_EQ(groups_written(target.value), target.value.groups) << what;
    EXPECT_EQ(groups_written(target.gradient), target.gradient.groups) << what;
  }
}

TEST(Planner, AnyTargetsCanBeTogether) {
  std::mt19937 random(1);
  const auto below = [&](std::size_t count) {
    return static_cast<std::size_t>(
        std::uniform_int_distribution<int>(0, static_cast<int>(count) - 1)(random));
  };
  const std::vector<std::string> layers = layer_names(bvlc());
  for (const char* family : {"bvlc_googlenet", "torchvision_googlenet"}) {
    const Model model = synthetic_model(family, 1);
    for (int i = 0; i < (test::kSanitized ? 300 : 2000); ++i) {
      PlanRequest request{{}, 64, 64, 1, true, i % 2 == 0 ? Concurrency::serial : Concurrency::parallel};
      std::string what = family;
      const std::size_t first = below(layers.size() - 1);  // The last is the softmax.
      for (std::size_t count = 1 + below(6); count > 0; --count) {
        // Mostly neighbours, so that parts of one module meet.
        const std::string& layer = layers[std::min(first + below(10), layers.size() - 2)];
        TargetRequest target{layer, has_relu(bvlc(), layer) && below(2) == 0, {}};
        for (std::size_t channels = below(3); channels > 0; --channels) {
          target.channels.push_back(
              static_cast<int>(below(static_cast<std::size_t>(channel_count(model, layer)))));
        }
        const auto same = [&](const TargetRequest& t) {
          return t.layer == target.layer && t.pre_relu == target.pre_relu;
        };
        if (std::any_of(request.targets.begin(), request.targets.end(), same)) continue;
        what += " " + layer + (target.pre_relu ? ":pre" : "");
        request.targets.push_back(std::move(target));
      }
      const Plan plan = make_plan(model, request);
      expect_sound_order(plan, what);
      expect_sound_memory(plan, what);
      if (HasFatalFailure()) return;
    }
  }
}

TEST(Planner, ReusesMemory) {
  const Plan plan = plan_for({"mixed5b", false, {}}, 224, 224);
  std::vector<std::size_t> bytes;
  std::size_t sum = 0;
  for (const PlanBuffer& b : plan.buffers) {
    bytes.push_back(static_cast<std::size_t>(b.groups * b.h * b.w) * (b.kind == BufferKind::argmax ? 8 : 32));
    sum += bytes.back();
  }
  EXPECT_LT(lay_out(plan, bytes).bytes, sum * 6 / 10);
}

TEST(Planner, SaysWhatIsWrong) {
  EXPECT_EQ(message_of({{{"mixed9z", false, {}}}, 64, 64, 1, true}), "unknown layer 'mixed9z'");
  EXPECT_EQ(message_of({{{"mixed4a_7x7", false, {}}}, 64, 64, 1, true}), "unknown layer 'mixed4a_7x7'");
  EXPECT_EQ(message_of({{{"mixed4a", false, {512}}}, 64, 64, 1, true}),
            "mixed4a has no channel 512: channels are 0 to 511");
  EXPECT_EQ(message_of({{{"mixed4a_3x3", false, {208}}}, 64, 64, 1, true}),
            "mixed4a_3x3 has no channel 208: channels are 0 to 207");
  EXPECT_EQ(message_of({{{"maxpool4", true, {}}}, 64, 64, 1, true}),
            "maxpool4 has no ReLU, so ':pre' means nothing there");
  EXPECT_EQ(message_of({{{"mixed4a", true, {}}, {"mixed4a", true, {1}}}, 64, 64, 1, true}),
            "mixed4a is a target twice");
  EXPECT_EQ(message_of({{{"logits", false, {}}, {"softmax", false, {}}}, 64, 64, 1, true}),
            "softmax and the layer it reads cannot both be targets");
}

/// What runs and what has memory, where no value is wanted on both sides of a ReLU nor by two targets.
TEST(Planner, HasNoReluOfItsOwnAndNoSumWhereNoneIsWanted) {
  std::vector<std::vector<TargetRequest>> requests = {
      {{"mixed3b", false, {}},
       {"mixed4a_1x1", false, {}},
       {"conv2d2", false, {3}},
       {"mixed4a_3x3", false, {}}},
      {{"mixed4a_3x3", true, {}}, {"mixed4a_1x1", true, {}}, {"mixed4a_5x5_bottleneck", true, {}}},
      {{"mixed4a_3x3_bottleneck", true, {}}, {"mixed4a_1x1", false, {}}}};
  for (const std::string& layer : layer_names(bvlc())) {
    requests.push_back({{layer, false, {}}});
    if (has_relu(bvlc(), layer)) requests.push_back({{layer, true, {}}});
  }
  for (const std::vector<TargetRequest>& targets : requests) {
    const Plan plan = make_plan(bvlc(), {targets, 64, 64, 1, true});
    const std::string what = targets.front().layer;
    for (const PlanOp& op : plan.forward) EXPECT_FALSE(std::holds_alternative<ReluFpropOp>(op.op)) << what;
    for (const PlanOp& op : plan.backward) EXPECT_FALSE(std::holds_alternative<AddGradientOp>(op.op)) << what;
    for (const PlanBuffer& b : plan.buffers)
      EXPECT_FALSE(b.name.ends_with(":pre")) << b.name << " for " << what;
  }
}

TEST(Planner, RectifiesOnlyWhatIsWantedOnBothSides) {
  // Channel 11 lies in the 1x1 branch and 200 in the 3x3, which alone is wanted before and after.
  const Plan plan = make_plan(
      bvlc(),
      {{{"mixed4a", false, {11, 200}}, {"mixed4a", true, {203}}, {"conv2d1", true, {5}}}, 64, 64, 1, true});
  EXPECT_EQ(names(plan.forward), (std::vector<std::string>{"conv2d0 fprop",
                                                           "maxpool0 fprop",
                                                           "localresponsenorm0 fprop",
                                                           "conv2d1 fprop",
                                                           "conv2d1 relu fprop",
                                                           "conv2d2 fprop",
                                                           "localresponsenorm1 fprop",
                                                           "maxpool1 fprop",
                                                           "mixed3a_pool fprop",
                                                           "mixed3a_pool_reduce fprop",
                                                           "mixed3a_3x3_bottleneck+5x5_bottleneck+1x1 fprop",
                                                           "mixed3a_3x3 fprop",
                                                           "mixed3a_5x5 fprop",
                                                           "mixed3b_pool fprop",
                                                           "mixed3b_pool_reduce fprop",
                                                           "mixed3b_3x3_bottleneck+5x5_bottleneck+1x1 fprop",
                                                           "mixed3b_3x3 fprop",
                                                           "mixed3b_5x5 fprop",
                                                           "maxpool4 fprop",
                                                           "mixed4a_3x3_bottleneck+1x1 fprop",
                                                           "mixed4a_3x3 fprop",
                                                           "mixed4a_3x3 relu fprop"}));
  EXPECT_TRUE(conv_named(plan, "mixed4a_3x3_bottleneck+1x1").relu);
  EXPECT_FALSE(conv_named(plan, "mixed4a_3x3").relu);
  EXPECT_EQ(conv_named(plan, "mixed4a_3x3").shape.k, 8) << "channels of both sides share a group";
  EXPECT_FALSE(conv_named(plan, "conv2d1").relu);
  const std::vector<std::string> back = names(plan.backward);
  EXPECT_EQ(std::vector<std::string>(back.begin(), back.begin() + 6),
            (std::vector<std::string>{"mixed4a objective", "mixed4a:pre objective", "conv2d1 objective",
                                      "mixed4a relu", "mixed4a_3x3 relu bprop", "mixed4a_3x3 dgrad"}));
  EXPECT_EQ(std::vector<std::string>(back.end() - 6, back.end()),
            (std::vector<std::string>{"conv2d1 relu", "conv2d1 relu bprop", "conv2d1 dgrad",
                                      "localresponsenorm0 bprop", "maxpool0 bprop", "conv2d0 dgrad"}));
  EXPECT_EQ(plan.targets[0].channels.physical(11), 0);
  EXPECT_EQ(plan.targets[0].channels.physical(200), 8);
  EXPECT_EQ(plan.targets[1].channels.physical(203), 1);
  EXPECT_EQ(plan.targets[1].channels.physical(11), -1);
}

/// The parts of a module share its memory; only their objectives need a gradient of their own.
TEST(Planner, ATargetWithinAnotherHasAGradientOfItsOwn) {
  for (const bool part_first : {false, true}) {
    std::vector<TargetRequest> targets = {{"mixed4a", false, {}}, {"mixed4a_3x3", false, {5}}};
    if (part_first) std::swap(targets[0], targets[1]);
    const Plan plan = make_plan(bvlc(), {targets, 64, 64, 1, true});
    const PlanTarget& module = plan.targets[part_first ? 1 : 0];
    const PlanTarget& part = plan.targets[part_first ? 0 : 1];
    EXPECT_EQ(part.value.buffer, module.value.buffer);
    EXPECT_NE(part.gradient.buffer, module.gradient.buffer);
    EXPECT_EQ(part.gradient.groups, part.value.groups);
    const std::vector<std::string> back = names(plan.backward);
    EXPECT_EQ(back[2], "mixed4a_3x3 objective sum");
    const AddGradientOp& sum = std::get<AddGradientOp>(plan.backward[2].op);
    EXPECT_EQ(sum.dy.buffer, part.gradient.buffer);
    EXPECT_EQ(sum.dx.buffer, module.gradient.buffer);
    EXPECT_EQ(sum.dx.first, part.value.first);
    EXPECT_EQ(sum.dx.groups, part.value.groups);
  }
}

TEST(Planner, StatesTheLeastInputOfATarget) {
  const int least = least_input_size(bvlc(), "mixed4a");
  EXPECT_EQ(message_of({{{"mixed4a", false, {}}}, least - 1, least + 9, 1, true}),
            "an input of " + std::to_string(least - 1) + "x" + std::to_string(least + 9) +
                " is too small for mixed4a: the least is " + std::to_string(least) + "x" +
                std::to_string(least));
  const Plan plan = plan_for({"mixed4a", false, {}}, least, least);
  EXPECT_EQ(plan.targets.front().h, 1);
}

/// Sizes after each stride-2 stage, from the two rules' own definitions (Caffe: ceil; TensorFlow: ceil(n /
/// 2)).
TEST(Planner, FollowsTheFamilysPaddingRule) {
  EXPECT_EQ(plan_for({"maxpool0", false, {}}, 226, 225).targets.front().h,
            56);  // conv 113, pool ceil((113 - 3) / 2) + 1
  const Model tf = synthetic_model("inception5h", 1);
  EXPECT_EQ(make_plan(tf, {{{"maxpool0", false, {}}}, 226, 225, 1, true}).targets.front().h,
            57);  // ceil(113 / 2)
}

TEST(DescribeLayers, CountsWhatThePaperCounts) {
  double macs = 0;
  for (const LayerReport& layer : describe_layers(synthetic_model("inception5h", 1), 224, 224)) {
    if (layer.name == "conv2d0" || layer.name == "conv2d1" || layer.name == "conv2d2" ||
        layer.name == "logits" || (layer.name.starts_with("mixed") && layer.name.size() == 7)) {
      macs += layer.macs;
    }
    if (layer.name == "mixed4a") {
      EXPECT_EQ(layer.channels, 508);
      EXPECT_EQ(layer.height, 14);
      EXPECT_EQ(layer.receptive_field, 171);
    }
  }
  EXPECT_NEAR(macs / 1e6, 1584.9, 0.1);
}

}  // namespace
}  // namespace limpid::planner_test
