// A grid from beginning to end: what the store lacks is made and put there.
#pragma once

#include <atomic>
#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "engine/grid/grid_store.h"
#include "engine/grid/job_files.h"
#include "engine/grid/job_order.h"
#include "engine/grid/rank_team.h"
#include "engine/grid/tile_store.h"
#include "engine/optimize/scheduler.h"

namespace limpid {

/// How a grid is carried out; what is made does not depend on it.
struct GridOptions {
  std::vector<ComputeOptions> devices;  ///< At least one; a schedule of its own runs on each, side by side.
  int batch = 0;                        ///< Slots that take a step together; 0 chooses.
  Shard shard;
  RankTeam* team = nullptr;        ///< Processes that share the queue, or null.
  JobFileReader* files = nullptr;  ///< Reads what jobs name; may be null where no job names a file.
  /// Where it is there and becomes true, jobs in flight end where they are and leave no tile.
  const std::atomic<bool>* abandon = nullptr;
};

/// What this process sets out to do.
struct GridPlan {
  std::vector<std::int64_t> jobs;     ///< Of the shard, whoever of the team will make them.
  std::set<std::int64_t> finished;    ///< Of all jobs of the store, those that are there already.
  std::vector<std::string> warnings;  ///< Damage that was found in the store, one line a file.
};

/// Learns what happens. Called by several threads at once.
class GridObserver {
 public:
  virtual ~GridObserver() = default;
  virtual void planned(const GridPlan& plan) = 0;
  /// `device` is an index into GridOptions::devices.
  virtual void started(std::size_t device, const Job& job) = 0;
  virtual void progressed(std::size_t device, const Job& job, int step, double objective) = 0;
  virtual void finished(std::size_t device, const Job& job, const StoredTile& tile) = 0;
};

/// Makes the jobs of the store's manifest that are of this shard and not finished. The files they name are
/// found again first, and must be those that were recorded (job_files.h): Error{input} else. Every finished tile is closed
/// into the store when this returns. When `stop` becomes true, the jobs in flight are finished, and that is all. Returns
/// how it was carried out, one report a device. The store takes tiles from several threads.
std::vector<ScheduleReport> run_grid(const Model& model, GridStore& store, const GridOptions& options,
                                     GridObserver& observer, const std::atomic<bool>& stop);

/// The same into a store that is there, in a folder: every finished tile is on disk when this returns or throws. Unless
/// `stop` became true, what this process wrote is merged into one file, and once all of the team are done the view
/// of all writers is made anew.
std::vector<ScheduleReport> run_grid(const Model& model, const std::filesystem::path& folder,
                                     const GridOptions& options, GridObserver& observer,
                                     const std::atomic<bool>& stop);

}  // namespace limpid
