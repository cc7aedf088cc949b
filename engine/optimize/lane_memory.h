// What a lane keeps from step to step, and the host reads and writes between steps.
#pragma once

#include <cstdint>

#include "engine/optimize/step_planner.h"
#include "engine/step/step_binder.h"
#include "kernels/core/slot_key.h"
#include "kernels/ops/affine_map.h"
#include "kernels/ops/image_penalty.h"
#include "kernels/ops/relu_gradient.h"
#include "kernels/ops/resample.h"
#include "kernels/ops/transform_list.h"
#include "kernels/ops/update_rule.h"

namespace limpid {

/// The kept buffers of a LaneStep by their types; what the step has not is without data.
struct LaneMemory {
  LaneMemory(const StepBinder& binder, const LaneStep& step)
      : keys(binder.kept<SlotKey>(step.slots.keys)),
        lists(binder.kept<TransformList>(step.slots.lists)),
        follow(binder.kept<std::int32_t>(step.slots.follow)),
        maps(binder.kept<AffineMap>(step.slots.maps)),
        fill(binder.kept<float>(step.slots.fill)),
        rules(binder.kept<UpdateRule>(step.slots.rules)),
        rate(binder.kept<float>(step.slots.rate)),
        momentum(binder.kept<float>(step.slots.momentum)),
        non_finite(binder.kept<std::int32_t>(step.slots.non_finite)),
        first_moved(binder.kept<std::int32_t>(step.slots.first_moved)),
        failed_step(binder.kept<std::int32_t>(step.slots.failed_step)),
        relu_rules(binder.kept<ReluGradient>(step.slots.relu_rules)),
        relu_steps(binder.kept<std::uint32_t>(step.slots.relu_steps)),
        curve(binder.kept<double>(step.slots.curve)),
        parameters(binder.kept<float>(step.parameters)),
        first_moment(binder.kept<float>(step.first_moment)),
        second_moment(binder.kept<float>(step.second_moment)),
        rgb(binder.kept<float>(step.rgb.buffer)),
        fixed(binder.kept<float>(step.fixed.buffer)),
        mask(binder.kept<float>(step.mask.buffer)),
        penalties(binder.kept<PenaltyTerm>(step.penalties)),
        stage_rules(binder.kept<ResampleRule>(step.stage_rules)),
        stage_maps(binder.kept<AffineMap>(step.stage_maps)) {}

  StepArray<SlotKey> keys;
  StepArray<TransformList> lists;
  StepArray<std::int32_t> follow;
  StepArray<AffineMap> maps;
  StepArray<float> fill;
  StepArray<UpdateRule> rules;
  StepArray<float> rate, momentum;
  StepArray<std::int32_t> non_finite, first_moved, failed_step;
  StepArray<ReluGradient> relu_rules;
  StepArray<std::uint32_t> relu_steps;
  StepArray<double> curve;
  StepArray<float> parameters, first_moment, second_moment;
  StepArray<float> rgb, fixed, mask;
  StepArray<PenaltyTerm> penalties;
  StepArray<ResampleRule> stage_rules;
  StepArray<AffineMap> stage_maps;
};

}  // namespace limpid
