// How far a grid is.
#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "engine/grid/run_grid.h"

namespace limpid {

/// A finished tile and its final objective value.
struct RankedTile {
  std::string objective;
  double value = 0;
};

/// One device's part.
struct DeviceTally {
  std::string name;           ///< As the user wrote it: "auto", "cuda:1".
  std::int64_t finished = 0;  ///< Tiles, made now.
  std::int64_t failed = 0;    ///< Of those.
  std::int64_t image_steps = 0;
  std::map<std::int64_t, int> in_flight;  ///< Job to updates done.
  std::string latest;                     ///< Objective begun last.
};

/// Counts what happens to the jobs. Not for several threads at once.
class Tally {
 public:
  using Clock = std::chrono::steady_clock;

  Tally(const std::vector<RenderOptions>& jobs, const std::vector<ComputeOptions>& devices);

  void plan(const GridPlan& plan, Clock::time_point now);
  void start(std::size_t device, const Job& job);
  /// Returns the updates that are new.
  std::int64_t progress(std::size_t device, const Job& job, int step);
  /// Returns the updates that are new.
  std::int64_t finish(std::size_t device, const Job& job, const StoredTile& tile);

  /// What other processes of the team have done, too, from now on.
  void see_team(std::int64_t finished, std::int64_t failed, std::int64_t image_steps);

  std::int64_t jobs() const { return jobs_of_shard_; }
  std::int64_t finished() const { return already_ + made_; }
  std::int64_t already() const { return already_; }
  std::int64_t failed() const { return failed_; }
  const std::vector<DeviceTally>& devices() const { return devices_; }
  const std::optional<RankedTile>& best() const { return best_; }
  const std::optional<RankedTile>& worst() const { return worst_; }

  /// Of the updates that all jobs together take, 0..1.
  double fraction() const;

  /// Since the work began; 0 at first.
  double image_steps_per_second(Clock::time_point now) const;
  double image_steps_per_second(const DeviceTally& device, Clock::time_point now) const;
  /// Empty where the rate is not known yet.
  std::optional<double> seconds_left(Clock::time_point now) const;

 private:
  void rank(const Job& job, const StoredTile& tile);
  double seconds(Clock::time_point now) const;

  const std::vector<RenderOptions>& all_;
  std::vector<DeviceTally> devices_;
  Clock::time_point begin_;
  std::int64_t jobs_of_shard_ = 0;
  std::int64_t already_ = 0;
  std::int64_t made_ = 0;
  std::int64_t failed_ = 0;
  std::int64_t image_steps_ = 0;
  std::int64_t image_steps_before_ = 0;  ///< Of the jobs that were finished before.
  std::int64_t image_steps_wanted_ = 0;  ///< Of the others.
  std::optional<RankedTile> best_, worst_;
};

}  // namespace limpid
