// Objectives in the terms of a plan.
#pragma once

#include <memory>
#include <vector>

#include "engine/network/plan.h"
#include "engine/network/planner.h"
#include "engine/network/target_terms.h"
#include "engine/objective/objective.h"
#include "kernels/ops/image_penalty.h"
#include "kernels/ops/objective_seed.h"

namespace limpid {

/// What a job climbs, and what it is only watched by.
struct Goals {
  Objective objective;
  std::vector<Objective> watched;
};

/// What goals ask of a plan, apart from the values that a slot holds: jobs of equal shapes share one.
struct GoalShape {
  std::vector<TargetRequest> targets;  ///< Each of another layer, in the order the terms first name them.
  int penalties = 0;                   ///< Terms on the picture itself.
  int photos = 0;                      ///< Different ones.
  int columns = 1;                     ///< One of the objective, then one of each watched.
  bool joined = false;                 ///< Terms of an image read maps of others: images or photos.

  bool operator==(const GoalShape&) const = default;
};

/// A layer that terms read before and after its ReLU is two targets.
GoalShape shape_of(const Goals& goals);

/// Whether a term needs pictures that have an opacity.
bool measures_alpha(const Goals& goals);

/// The different photos of the goals, in the order the terms first name them. Throws Error{usage} for one
/// that was not read.
std::vector<std::shared_ptr<const Image>> photos_of(const Goals& goals);

/// Where an image of a job is in a batch: its images stand `stride` apart from `first` on, then its photos.
struct ImagePlace {
  int index = 0;   ///< Of the job's images.
  int images = 1;  ///< Of the job.
  int first = 0;
  int stride = 1;

  int batch_index(int picture) const { return first + picture * stride; }
};

/// The terms of one image of the network's batch, one entry for each target of the plan. Throws Error{usage}
/// for a position or patch outside the map (with its extents), a direction that was not read, and a mixture
/// over the images of a job that has one.
std::vector<TargetTerms> bind_terms(const Goals& goals, const Plan& plan, const ImagePlace& place);

/// The terms on one picture of the batch of pictures.
std::vector<PenaltyTerm> bind_penalties(const Goals& goals, const ImagePlace& place);

/// The layer, and of it the channels, that a term needs.
TargetRequest target_of(const ObjectiveTerm& term);

/// A term of a map on its planned target, apart from its vectors, its photo and its group. Throws Error{usage}
/// for a position outside the map (with its extents).
SlotTerm term_of(const ObjectiveTerm& term, const PlanTarget& target);

}  // namespace limpid
