// What a lane's step does around the network, as a plan of buffers and operations.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "engine/image/image_kinds.h"
#include "engine/image/staged_views.h"
#include "engine/network/plan.h"
#include "engine/optimize/lane_spec.h"
#include "engine/step/step_plan.h"
#include "kernels/ops/transform_list.h"
#include "kernels/ops/warp.h"

namespace limpid {

/// What differs from slot to slot and from picture to picture, in memory the device reads: a slot changes
/// its job by a few small copies, and a recorded step stays valid. Buffers, all kept.
struct SlotBuffers {
  // One for each picture.
  int keys = kNoBuffer;
  int lists = kNoBuffer;   ///< And behind them one more for each, of the steps in which views have settled.
  int follow = kNoBuffer;  ///< The picture whose random views it is seen through.
  int fill = kNoBuffer;
  int rules = kNoBuffer;
  int rate = kNoBuffer;      ///< Of the next update.
  int momentum = kNoBuffer;  ///< NAdam's: see ParameterUpdate.
  int non_finite = kNoBuffer;
  int first_moved = kNoBuffer;  ///< The first update, from 1, whose gradient was not zero everywhere.
  int maps = kNoBuffer;         ///< One for each view.
  // One for each slot.
  int failed_step = kNoBuffer, relu_rules = kNoBuffer;
  int relu_steps = kNoBuffer;  ///< Updates that the rule serves.
  int curve = kNoBuffer;       ///< slots x columns x LaneStep::curve_steps.
};

/// A step for one way from the picture to the network.
struct LaneStep {
  StepPlan plan;
  std::unique_ptr<ImageParameterisation> images;

  SlotBuffers slots;
  int curve_steps = 0;
  int parameters = kNoBuffer, first_moment = kNoBuffer, second_moment = kNoBuffer;
  StepPlanes rgb;             ///< Pictures, then opacity.
  StepPlanes fixed, mask;     ///< Of lanes with masks or photos.
  int penalties = kNoBuffer;  ///< Terms on the picture, pictures x as many as the goals have.
  int stage_rules = kNoBuffer,
      stage_maps = kNoBuffer;      ///< Of staged views, one for each stage, and stages x pictures.
  int nothing_beyond = kNoBuffer;  ///< Of staged views: a fill of 0 for each picture.

  std::size_t decoded =
      0;  ///< Operations before the network that it takes to have `rgb` without what is fixed.
  std::size_t pictured = 0;               ///< And with it.
  std::optional<std::size_t> penalty_op;  ///< Among the operations after the network.
};

/// A list has at most 16 transforms, one of which may take two stages; one more enlarges what lucent leaves.
inline constexpr std::size_t kMostStages = 2 * TransformList::kMostTransforms + 1;

/// `stages` are those of staged views, by example; none for composed views. The network's input, and its
/// gradient, have so many bytes.
LaneStep plan_step(const LaneSpec& spec, const InputScaling& scaling, const std::vector<ViewStage>& stages,
                   std::size_t network_input_bytes);

/// The lane's colour rule on latent pictures.
ColourSquash colours_of(const ColourRule& rule, Planar<const float> latent, Planar<float> rgb);

}  // namespace limpid
