// A grid into a store that is there.
#include <fmt/core.h>

#include <string>

#include "engine/grid/folder_store.h"
#include "engine/grid/run_grid.h"

namespace limpid {
namespace {

/// The name this process writes under: the same for the same part of the work, so that a resumed run goes on
/// in the same file, and for no two processes of one grid.
std::string writer_name(const GridOptions& options) {
  std::string name;
  if (options.shard.count > 1) name = fmt::format("shard-{}-of-{}", options.shard.index, options.shard.count);
  if (options.team != nullptr) {
    name += fmt::format("{}rank-{}", name.empty() ? "" : "-", options.team->rank());
  }
  return name.empty() ? "main" : name;
}

}  // namespace

std::vector<ScheduleReport> run_grid(const Model& model, const std::filesystem::path& folder,
                                     const GridOptions& options, GridObserver& observer,
                                     const std::atomic<bool>& stop) {
  FolderStore store(folder, writer_name(options), FolderStore::Writes::in_a_thread);
  std::vector<ScheduleReport> reports = run_grid(model, store, options, observer, stop);
  if (stop) return reports;
  store.consolidate();
  if (options.team != nullptr) options.team->wait_for_all();
  if (options.team == nullptr || options.team->rank() == 0) join_writers(folder);
  return reports;
}

}  // namespace limpid
