// A grid that is pulled: its tiles one by one, as they are finished.
#pragma once

#include <memory>
#include <optional>
#include <vector>

#include "engine/grid/grid_store.h"
#include "engine/grid/job_files.h"
#include "weights/model.h"

namespace limpid {

/// Runs a grid (run_grid.h) on a thread of its own, from the first `next` on and a few tiles ahead of whoever pulls them.
class PulledGrid {
 public:
  /// Makes what the store lacks, on each of the devices, `batch` slots together (0 chooses). `files` reads what jobs name;
  /// null where they hold it.
  PulledGrid(std::shared_ptr<const Model> model, std::unique_ptr<GridStore> store,
             std::vector<ComputeOptions> devices, int batch, std::unique_ptr<JobFileReader> files);
  PulledGrid(const PulledGrid&) = delete;
  PulledGrid& operator=(const PulledGrid&) = delete;
  ~PulledGrid();  ///< Cancels, and waits for what that takes.

  /// The next tile: first those that were there, by job, then others as they are finished, each on disk where there is one.
  /// Waits for it. None once all were given, or the grid was cancelled. Throws what ended the work, as every call after it
  /// does; what writing a tile throws, which a later call gives where it can be written; Error{input} for a tile of the store
  /// that was damaged since; Error{usage} where another thread waits here; Error{runtime} in a process that was forked since.
  std::optional<StoredTile> next();

  /// Ends the work: jobs under way stop after their update (on a GPU after at most 32) and leave no tile. From any thread.
  /// Error{runtime} in a process that was forked since.
  void cancel();
  bool cancelled() const noexcept;

  const Manifest& manifest() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace limpid
