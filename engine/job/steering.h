// What of a job can be changed while it runs: what lies in the device's memory, and so needs no new plan.
#pragma once

#include <optional>

#include "engine/image/transforms.h"
#include "engine/objective/objective.h"
#include "engine/options/render_options.h"
#include "weights/model.h"

namespace limpid {

struct LaneSpec;

/// Changes; what is not there stays.
struct Steering {
  /// Other weights, positions and channels of the terms there are, or fewer terms. Other channels need a job that is
  /// steerable, or that computes them anyway. Photos and vectors are those that the job holds.
  std::optional<Objective> objective = {};
  std::optional<float> learning_rate = {};  ///< Positive; a warm-up and a schedule go on under it.
  std::optional<Transforms> transforms =
      {};                           ///< Of limpid's own style, without operations that the plan has not.
  std::optional<float> noise = {};  ///< Deviation of the views' noise(...), of which there must be one.
  std::optional<float> view_strength = {};  ///< 0 to 1: how far the transforms go (see at_strength).
};

/// Options of a job as changes leave them.
class SteeredOptions {
 public:
  explicit SteeredOptions(const RenderOptions& options) : options_(options) {}

  /// Throws Error{usage} for changes that need a new plan than `planned`, or that options cannot have.
  void apply(const Steering& steering, const LaneSpec& planned, const Model& model);

  /// What the job is to go on with.
  RenderOptions now() const;

 private:
  RenderOptions options_;  ///< With transforms at full strength.
  float view_strength_ = 1;
};

}  // namespace limpid
