// What operations cost, against numbers that follow from their definitions.
#include "engine/network/cost.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/limpid.hpp"
#include "engine/network/executor.h"
#include "engine/network/planner.h"
#include "engine/network/threads.h"
#include "engine/optimize/step_cost.h"
#include "kernels/core/error.h"
#include "kernels/core/slot_key.h"
#include "kernels/ops/affine_map.h"
#include "kernels/ops/gradient_norm.h"
#include "kernels/ops/transform_list.h"
#include "kernels/ops/update_rule.h"
#include "weights/synthetic.h"

namespace limpid::cost_test {
namespace {

constexpr int kBatch = 4;

const Model& bvlc() {
  static const Model model = synthetic_model("bvlc_googlenet", 1);
  return model;
}

Plan plan_for(const TargetRequest& target, int size = 224, int batch = kBatch) {
  return make_plan(bvlc(), {{target}, size, size, batch});
}

const OperationCost& named(const std::vector<OperationCost>& operations, const std::string& name) {
  const auto found = std::find_if(operations.begin(), operations.end(),
                                  [&](const OperationCost& operation) { return operation.name == name; });
  if (found == operations.end()) throw std::out_of_range(name);
  return *found;
}

double flops(const std::vector<OperationCost>& operations) {
  double sum = 0;
  for (const OperationCost& operation : operations) sum += operation.flops;
  return sum;
}

/// Of a step of plain pictures before that network, or of what is like `spec`.
StepCost step_cost_of(const Plan& network, const StepCostOptions& options = {}, LaneSpec spec = {}) {
  spec.height = network.height;
  spec.width = network.width;
  spec.slots = network.batch;
  const double input = network_input_bytes(network, {storage_of(options.precision), options.grouped_input});
  return step_cost(plan_step(spec, {}, {}, static_cast<std::size_t>(input)), network, options);
}

/// What the update reads and writes of a batch beside parameters, moments and gradient.
constexpr double kUpdateFlags =
    1.0 * kBatch * (sizeof(SlotKey) + sizeof(UpdateRule) + 2 * sizeof(float) + 3 * sizeof(std::int32_t));

/// A card on which a second is a FLOP, of a matrix or not, or a byte.
Card unit_card() {
  Card card;
  card.fp32_flops = card.tf32_flops = card.half_flops = card.bandwidth = 1;
  return card;
}

TEST(Cost, OfTheFirstConvolution) {
  const NetworkCost cost = network_cost(plan_for({"conv2d0", false, {}}), {DType::f16, true});
  const OperationCost& fprop = cost.forward.front();
  EXPECT_EQ(fprop.name, "conv2d0 fprop");
  EXPECT_EQ(fprop.shape, "3 > 64  7x7/2  224x224 > 112x112");
  EXPECT_EQ(fprop.flops, 2.0 * kBatch * 64 * 3 * 7 * 7 * 112 * 112);
  const double input = 2.0 * kBatch * 8 * 224 * 224;
  const double filter = 2.0 * 64 * 3 * 7 * 7;
  const double output = 2.0 * kBatch * 64 * 112 * 112;
  EXPECT_EQ(fprop.bytes(), input + filter + output);
  const OperationCost& dgrad = cost.backward.back();
  EXPECT_EQ(dgrad.name, "conv2d0 dgrad");
  EXPECT_EQ(dgrad.flops, fprop.flops);
  EXPECT_EQ(dgrad.bytes(), fprop.bytes());
  EXPECT_EQ(cost.filter_bytes, 2 * filter);
}

TEST(Cost, PlanesOfTheInputAreFp32) {
  const Plan plan = plan_for({"conv2d0", false, {}});
  EXPECT_EQ(network_input_bytes(plan, {DType::f16, false}), 4.0 * kBatch * 3 * 224 * 224);
  EXPECT_EQ(network_input_bytes(plan, {DType::f32, true}), 4.0 * kBatch * 8 * 224 * 224);
}

TEST(Cost, FlopAreTwicePublishedMacsBothWays) {
  const NetworkCost cost = network_cost(plan_for({"mixed5b", false, {}}), {});
  double macs = 0;
  for (const LayerReport& layer : describe_layers(bvlc(), 224, 224)) {
    const bool module = layer.name.starts_with("mixed") && layer.name.find('_') == std::string::npos;
    if (module || layer.name.starts_with("conv2d")) macs += layer.macs;
  }
  EXPECT_EQ(flops(cost.forward), 2 * kBatch * macs);
  EXPECT_EQ(flops(cost.backward), 2 * kBatch * macs);
}

TEST(Cost, OfPoolsMasksAndSums) {
  const NetworkCost cost = network_cost(plan_for({"mixed3b", false, {}}), {DType::bf16, true});
  const double large = 1.0 * kBatch * 192 * 56 * 56;
  const double small = 1.0 * kBatch * 192 * 28 * 28;
  EXPECT_EQ(named(cost.forward, "maxpool1 fprop").bytes(), 2 * large + 2 * small + small);
  // The pool reads LRN's output, so there is no ReLU to mask for.
  EXPECT_EQ(named(cost.backward, "maxpool1 bprop").bytes(), 2 * large + 2 * small + small);
  // LRN masks with its own input, which it has read anyway.
  EXPECT_EQ(named(cost.backward, "localresponsenorm1 bprop").bytes(), 3 * 2 * large);
  // The pool of mixed3b is the last to add to the gradient of mixed3a (256 channels, ReLU outputs): dy, dx
  // read and written, the ReLU's output; and the bytes of the arg-max.
  const double map = 1.0 * kBatch * 256 * 28 * 28;
  EXPECT_EQ(named(cost.backward, "mixed3b_pool bprop").bytes(), 4 * 2 * map + map);
  // conv2d2's dgrad cannot mask what it adds to conv2d1's gradient: a pass of its own reads and writes that
  // and reads the output.
  const double thin = 1.0 * kBatch * 64 * 56 * 56;
  EXPECT_EQ(named(cost.backward, "conv2d1 relu").bytes(), 3 * 2 * thin);
}

TEST(Cost, SeesSlicesOnly) {
  // Channel 11 lies in the first group of the 1x1 branch: eight filters of 480 channels each.
  const NetworkCost cost = network_cost(plan_for({"mixed4a", false, {11}}), {DType::f16, true});
  const OperationCost& last = cost.forward.back();
  EXPECT_EQ(last.name, "mixed4a_1x1 fprop");
  EXPECT_EQ(last.flops, 2.0 * kBatch * 8 * 480 * 14 * 14);
  EXPECT_EQ(last.bytes(), 2.0 * (kBatch * 480 * 14 * 14 + 8 * 480 + kBatch * 8 * 14 * 14));
}

TEST(Cost, NamesTheExecutorsOperations) {
  HostThreads threads(1);
  const auto backend = cpu::make_backend();
  const auto names = [](const auto& operations) {
    std::vector<std::string> result;
    for (const auto& operation : operations) result.push_back(operation.name);
    return result;
  };
  const std::vector<std::vector<TargetRequest>> requests = {
      {{"softmax", false, {}}}, {{"mixed3a", true, {}}, {"mixed3a_1x1", false, {}}, {"mixed3b", false, {}}}};
  for (const std::vector<TargetRequest>& targets : requests) {
    const Plan plan = make_plan(bvlc(), {targets, 64, 64, 1});
    const NetworkExecutor network(*backend, threads.stream(), bvlc(), plan);
    const NetworkCost cost = network_cost(plan, {});
    EXPECT_EQ(names(cost.forward), names(network.forward_ops()));
    EXPECT_EQ(names(cost.backward), names(network.backward_ops()));
  }
}

TEST(Cost, OfAReluOfItsOwnAndASumOfGradients) {
  const Plan plan = make_plan(
      bvlc(),
      {{{"mixed3a", true, {}}, {"mixed3a", false, {}}, {"mixed3a_3x3", false, {}}}, 224, 224, kBatch});
  const NetworkCost cost = network_cost(plan, {DType::f16, true});
  const double map = 1.0 * kBatch * 28 * 28 * 2;
  EXPECT_EQ(named(cost.forward, "mixed3a_1x1+3x3+5x5+pool_reduce relu fprop").bytes(), 2 * 256 * map);
  const OperationCost& join = named(cost.backward, "mixed3a_1x1+3x3+5x5+pool_reduce relu bprop");
  EXPECT_EQ(join.bytes(), 3 * 256 * map);
  EXPECT_EQ(join.shape, "256  28x28");
  EXPECT_EQ(named(cost.backward, "mixed3a_3x3 objective sum").bytes(), 3 * 128 * map);
}

TEST(Cost, OperandsLieInTheArena) {
  const NetworkCost cost = network_cost(plan_for({"mixed4a", false, {}}), {DType::f16, true});
  for (const auto* operations : {&cost.forward, &cost.backward}) {
    for (const OperationCost& operation : *operations) {
      EXPECT_FALSE(operation.operands.empty()) << operation.name;
      EXPECT_FALSE(operation.shape.empty()) << operation.name;
      for (const OperandCost& operand : operation.operands) {
        if (!operand.offset) continue;
        EXPECT_LE(static_cast<double>(*operand.offset) + operand.bytes, static_cast<double>(cost.arena_bytes))
            << operation.name << ", " << operand.memory;
      }
    }
  }
}

TEST(Cost, FloorIsTheLongerOfArithmeticAndBytes) {
  OperationCost cost{"", "", 100, Arithmetic::matrix, {{"x", 30, false, {}, {}}, {"y", 20, true, {}, {}}}};
  Card card = unit_card();
  EXPECT_EQ(cost.floor(card, Precision::fp16).seconds(), 100);
  EXPECT_TRUE(cost.floor(card, Precision::fp16).bound_by_math());
  card.half_flops = 4;
  EXPECT_EQ(cost.floor(card, Precision::fp16).math_seconds, 25);
  EXPECT_EQ(cost.floor(card, Precision::fp16).seconds(), 50);
  EXPECT_EQ(cost.floor(card, Precision::tf32).seconds(), 100);
  cost.arithmetic = Arithmetic::scalar;
  EXPECT_EQ(cost.floor(card, Precision::fp16).seconds(), 100);
}

TEST(StepCost, OfTheImageSideInPixels) {
  LaneSpec spec;
  spec.image.parameters = Pixel{};
  const StepCost cost = step_cost_of(plan_for({"conv2d0", false, {}}), {Precision::fp16, true}, spec);
  const double picture = 4.0 * kBatch * 3 * 224 * 224;
  const double grouped = 2.0 * kBatch * 8 * 224 * 224;
  const double views = 1.0 * kBatch * sizeof(AffineMap), fill = 1.0 * kBatch * sizeof(float);
  EXPECT_EQ(named(cost.operations, "update").bytes(), 7 * picture + kUpdateFlags);
  EXPECT_EQ(named(cost.operations, "colours").bytes(), 2 * picture);
  EXPECT_EQ(named(cost.operations, "colours adjoint").bytes(), 3 * picture);
  EXPECT_EQ(named(cost.operations, "warp").bytes(), picture + grouped + views + fill);
  EXPECT_EQ(named(cost.operations, "warp adjoint").bytes(), picture + grouped + views);
  EXPECT_THROW(named(cost.operations, "transform to latent"), std::out_of_range);
}

TEST(StepCost, OfTheSpectrum) {
  const StepCost cost = step_cost_of(plan_for({"conv2d0", false, {}}));
  const double picture = 4.0 * kBatch * 3 * 224 * 224;
  const double plane = 4.0 * 2 * 224 * 113;
  const double spectrum = kBatch * 3 * plane;
  EXPECT_EQ(named(cost.operations, "spectrum scale").bytes(), 2 * spectrum + plane);
  EXPECT_EQ(named(cost.operations, "transform to latent").bytes(), spectrum + picture);
  EXPECT_EQ(named(cost.operations, "transform to latent adjoint").bytes(), spectrum + picture);
  EXPECT_EQ(named(cost.operations, "update").bytes(), 7 * spectrum + plane + kUpdateFlags);
  const double views = 1.0 * kBatch * sizeof(AffineMap), fill = 1.0 * kBatch * sizeof(float);
  EXPECT_EQ(named(cost.operations, "warp").bytes(), 2 * picture + views + fill);
}

TEST(NetworkCost, SmoothPoolsReadWhatTheyNeed) {
  PlanRequest request{{{"mixed3a", false, {}}}, 224, 224, kBatch};
  const auto pool = [&](PoolGradient rule) {
    request.pool_gradient = rule;
    return named(step_cost_of(make_plan(bvlc(), request)).operations, "maxpool1 bprop").bytes();
  };
  // 192 channels, 56 x 56 to 28 x 28: gradients out and in, and the argmax, nothing, or the input.
  const double large = 4.0 * kBatch * 192 * 56 * 56, small = 4.0 * kBatch * 192 * 28 * 28;
  EXPECT_EQ(pool(PoolGradient::max) - pool(PoolGradient::average), small / 4);
  EXPECT_EQ(pool(PoolGradient::l2) - pool(PoolGradient::average), large);
}

TEST(NetworkCost, APoolThatAloneReadsAReluTakesTheMaskFromItsArgmax) {
  PlanRequest request{{{"mixed3a", false, {}}}, 224, 224, kBatch};
  const auto pool = [&](PoolGradient rule) {
    request.pool_gradient = rule;
    return named(step_cost_of(make_plan(bvlc(), request)).operations, "maxpool0 bprop").bytes();
  };
  // 64 channels, 112 x 112 to 56 x 56: the argmax, or conv2d0's output for the mask.
  const double large = 4.0 * kBatch * 64 * 112 * 112, small = 4.0 * kBatch * 64 * 56 * 56;
  EXPECT_EQ(pool(PoolGradient::average) - pool(PoolGradient::max), large - small / 4);
}

TEST(StepCost, OfANormalisedGradient) {
  const StepCost plain = step_cost_of(plan_for({"conv2d0", false, {}}));
  LaneSpec spec;
  spec.normalise_gradient = true;
  const StepCost cost = step_cost_of(plan_for({"conv2d0", false, {}}), {}, spec);
  EXPECT_EQ(cost.operations.size(), plain.operations.size() + 1);
  const double plane = 4.0 * 2 * 224 * 113;
  EXPECT_EQ(
      named(cost.operations, "gradient norm").bytes(),
      kBatch * 3 * plane + plane + kBatch * (2.0 * kGradientNormParts * sizeof(double) + sizeof(float)));
  EXPECT_EQ(named(cost.operations, "update").bytes(),
            named(plain.operations, "update").bytes() + 1.0 * kBatch * sizeof(float));
}

TEST(StepCost, BranchesShortenTheChain) {
  // Everything up to mixed3a is a chain (with two LRNs, two pools); of the views alone nothing waits.
  const Plan stem = make_plan(bvlc(), {{{"maxpool1", false, {}}}, 224, 224, 1});
  const StepCost trunk = step_cost_of(stem);
  EXPECT_EQ(trunk.longest_chain, static_cast<int>(trunk.operations.size()) - 1);
  PlanRequest request{{{"mixed4a", false, {}}}, 224, 224, 1};
  request.concurrency = Concurrency::parallel;
  const StepCost modules = step_cost_of(make_plan(bvlc(), request));
  // Forward, a module's seven operations are at most two deep.
  EXPECT_LT(modules.longest_chain, static_cast<int>(modules.operations.size()) - 3 * 4);
}

TEST(StepCost, FloorsAddUp) {
  const StepCost cost = step_cost_of(plan_for({"mixed4a", false, {11}}));
  double math = 0, bytes = 0, longer = 0;
  for (const OperationCost& operation : cost.operations) {
    math += operation.flops;
    bytes += operation.bytes();
    longer += std::max(operation.flops, operation.bytes());
  }
  const StepFloor floor = step_floor(cost, unit_card(), Precision::fp32);
  EXPECT_EQ(floor.math_seconds, math);
  EXPECT_EQ(floor.bytes_seconds, bytes);
  EXPECT_EQ(floor.seconds, longer);
}

TEST(Card, NamesThoseItKnows) {
  for (const Card& card : known_cards()) {
    EXPECT_EQ(&find_card(card.name), &card);
    EXPECT_GT(card.bandwidth, 0) << card.name;
    for (const Precision precision : {Precision::fp32, Precision::tf32, Precision::fp16, Precision::bf16}) {
      EXPECT_GT(card.flops(Arithmetic::matrix, precision), 0) << card.name;
    }
    EXPECT_FALSE(card.source.empty()) << card.name;
  }
  try {
    find_card("voodoo2");
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_EQ(error.exit_code(), 2);
    EXPECT_NE(std::string(error.what()).find("h200"), std::string::npos);
  }
}

}  // namespace
}  // namespace limpid::cost_test
