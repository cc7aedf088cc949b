// How a job goes on, and when it is over.
#pragma once

#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "engine/options/render_options.h"

namespace limpid {

class Lane;

/// What a job's own slot says of its end: the same whatever runs beside it and however often it is looked at.
class JobCourse {
 public:
  explicit JobCourse(const RenderOptions& options);

  /// How many updates the job is to have: fewer than asked for where it was ended early.
  int steps() const { return steps_; }
  void end_at(int steps) { steps_ = steps; }

  /// After each update: ends the job where its objective has reached a plateau.
  void follow(Lane& lane, int slot);

  /// Why the job cannot go on, one line; none while it can. As of Lane::synchronise.
  std::optional<std::string> failure(Lane& lane, int slot) const;

  /// Largest mean of the objective over a row of `patience` updates so far.
  double best_mean() const { return best_mean_; }
  void resume(int steps, double best_mean);

 private:
  bool silent(const Lane& lane, int slot) const;

  int asked_;
  int steps_;
  std::vector<double> row_;  ///< Room for `patience` values.
  double best_mean_ = -std::numeric_limits<double>::infinity();
};

}  // namespace limpid
