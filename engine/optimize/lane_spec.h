// What a lane is made for.
#pragma once

#include <algorithm>
#include <array>
#include <optional>

#include "engine/image/colours.h"
#include "engine/image/image_form.h"
#include "engine/network/executor.h"
#include "engine/objective/terms.h"
#include "engine/options/render_options.h"

namespace limpid {

/// What all slots of a lane share: everything that shapes the plan.
struct LaneSpec {
  GoalShape goals;
  int height = 224, width = 224;
  std::optional<std::array<int, 2>> seen;  ///< Height and width of the network's input; none: of the picture.
  int slots = 1;
  int images = 1;  ///< Of each job.
  int draws = 1;   ///< Random views of a picture that a step averages over.
  ImageForm image;
  ColourRule colours;
  bool masked = false;  ///< Whether pixels can be frozen.
  bool normalise_gradient = false;
  PoolGradient pool_gradient = PoolGradient::max;
  TransformNeeds needs;  ///< Of every job: what the step holds beyond a warp.
  /// Every job's transforms, where they are applied one by one. The network's input then has the size that a
  /// step's draws make of the picture, so there is one slot, and one draw for all of its pictures.
  std::optional<Transforms> staged;
  int most_steps = 512;  ///< Of any job: so many values of its objective are kept on the device.
  ExecutorOptions executor;

  /// Height and width that the network sees, where views are composed.
  std::array<int, 2> seen_size() const { return seen.value_or(std::array{height, width}); }

  /// Whether steps are taken in two halves, for the caller gives gradients between them.
  bool halved() const {
    return std::any_of(goals.targets.begin(), goals.targets.end(),
                       [](const TargetRequest& target) { return target.given_gradient; });
  }

  /// Whether pixels of some pictures stay what they are.
  bool fixes_pixels() const { return masked || goals.photos > 0; }

  /// Planes of a mask of a picture: with alpha one for each of the picture's, for photos are opaque, but what
  /// a job's mask covers is its colours.
  int mask_planes() const { return image.alpha ? image.picture_planes() : 1; }

  /// Of a slot: its images and the photos they are compared with.
  int pictures() const { return images + goals.photos; }
  int all_pictures() const { return slots * pictures(); }
  /// What the network sees in a step.
  int views() const { return all_pictures() * draws; }
};

}  // namespace limpid
