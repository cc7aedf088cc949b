#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/c/call.h"
#include "engine/c/handles.h"
#include "engine/c/managed_picture.h"
#include "engine/c/options.h"
#include "engine/grid/check_jobs.h"
#include "engine/grid/compute_identity.h"
#include "engine/grid/job_list.h"
#include "engine/grid/jobs_file.h"
#include "engine/grid/passing_store.h"
#include "engine/pictures/picture_files.h"
#include "engine/version.h"
#include "kernels/core/limits.h"

namespace {

namespace fs = std::filesystem;
using limpid::c::guarded;
using limpid::c::require;

struct GridAsked {
  std::string store;
  bool keep_parameters = false;
  int batch = 0;
  bool one_device = false;         ///< Whether "device" is given.
  std::vector<std::string> names;  ///< Of "devices".
  limpid::ComputeOptions compute;

  std::vector<limpid::ComputeOptions> devices() const {
    if (names.empty()) return {compute};
    std::vector<limpid::ComputeOptions> devices(names.size(), compute);
    for (std::size_t i = 0; i < names.size(); ++i) devices[i].device = names[i];
    return devices;
  }
};

void read_devices(const limpid::JsonField& field, std::vector<std::string>& names) {
  if (!field.value().is_array() || field.size() == 0) field.fail("a list of devices");
  for (std::size_t i = 0; i < field.size(); ++i) names.push_back(field.element(i).string());
}

GridAsked grid_options(const char* text) {
  GridAsked asked;
  if (text == nullptr) return asked;
  const auto json = limpid::JsonField::parse(text, limpid::c::kOptions);
  limpid::JsonField(json, limpid::c::kOptions, "")
      .for_each_member([&](const std::string& name, const limpid::JsonField& field) {
        asked.one_device = asked.one_device || name == "device";
        if (limpid::c::read_compute(name, field, asked.compute)) return;
        if (name == "store") {
          asked.store = field.string();
        } else if (name == "keep_parameters") {
          asked.keep_parameters = field.boolean();
        } else if (name == "devices") {
          read_devices(field, asked.names);
        } else if (name == "batch") {
          asked.batch = static_cast<int>(field.integer(0, limpid::kMostBatch));
        } else {
          field.reject("no option of a grid");
        }
      });
  if (asked.keep_parameters && asked.store.empty())
    limpid::fail_usage("parameters are kept in a store, and none is named");
  if (asked.one_device && !asked.names.empty())
    limpid::fail_usage("\"device\" and \"devices\" both say where: give one of them");
  return asked;
}

/// What is to be made, with its files, checked.
limpid::Manifest manifest_of(const limpid_network& network, const char* jobs, const GridAsked& asked) {
  limpid::Manifest manifest;
  manifest.jobs = limpid::without_repetitions(limpid::parse_jobs(jobs, "the jobs", {}, *network.model));
  limpid::PictureFiles files;
  limpid::JobFileLoader loader(*network.model, files);
  for (limpid::RenderOptions& job : manifest.jobs) loader.load(job);
  limpid::check_jobs(manifest.jobs, *network.model, asked.keep_parameters);
  manifest.files = loader.checksums();
  manifest.keep_parameters = asked.keep_parameters;
  manifest.appended = limpid::appended_names(*network.model);
  return manifest;
}

/// A store under the asked name, or none. Says first whether the device is there.
std::unique_ptr<limpid::GridStore> store_of(limpid::Manifest manifest, const limpid_network& network,
                                            const GridAsked& asked) {
  limpid::ComputeIdentity identity = limpid::identify_alike(asked.devices());
  manifest.device = std::move(identity.device);
  manifest.precision = std::move(identity.precision);
  manifest.batch = limpid::fixed_batch(manifest, asked.batch, std::ssize(asked.devices()));
  if (asked.store.empty()) return std::make_unique<limpid::PassingStore>(std::move(manifest));
  manifest.program_version = limpid::version();
  manifest.weights = network.origin.identify(*network.model);
  const fs::path store = fs::absolute(asked.store);  // Wherever the process goes meanwhile.
  manifest.folder = fs::relative(fs::current_path(), store).string();
  return limpid::open_folder_store(store, manifest, "main");
}

std::string described(const limpid::StoredTile& tile, const limpid::RenderOptions& job) {
  const bool made = tile.failure.empty();
  const nlohmann::ordered_json json = {
      {"job", tile.job},
      {"objective", limpid::to_string(job.objective)},
      {"seed", job.seed},
      {"value", made ? nlohmann::ordered_json(tile.objective.back()) : nlohmann::ordered_json()},
      {"curve", tile.objective},
      {"failure", made ? nlohmann::ordered_json() : nlohmann::ordered_json(tile.failure)}};
  return json.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace);
}

DLManagedTensor* picture_of_tile(const limpid::StoredTile& tile) {
  limpid::Image image{tile.height, tile.width, {}};
  image.rgb.reserve(tile.rgb.size());
  for (const std::uint8_t value : tile.rgb) image.rgb.push_back(static_cast<float>(value) / 255.0F);
  return limpid::c::managed(std::move(image));
}

void give_next(limpid::PulledGrid& grid, char** json, DLManagedTensor** picture) {
  const std::optional<limpid::StoredTile> tile = grid.next();
  if (!tile) return;
  const std::string text = described(*tile, grid.manifest().jobs[static_cast<std::size_t>(tile->job)]);
  DLManagedTensor* shown = nullptr;
  if (picture != nullptr && tile->failure.empty()) shown = picture_of_tile(*tile);
  try {
    *json = limpid::c::given_out(text);
  } catch (...) {
    if (shown != nullptr) shown->deleter(shown);
    throw;
  }
  if (picture != nullptr) *picture = shown;
}

}  // namespace

limpid_status limpid_grid_open(const limpid_network* network, const char* jobs, const char* options,
                               limpid_grid** grid) {
  return guarded([&] {
    require(grid, "grid");
    *grid = nullptr;
    require(network, "network");
    require(jobs, "jobs");
    const GridAsked asked = grid_options(options);
    auto store = store_of(manifest_of(*network, jobs, asked), *network, asked);
    // Of a store, the jobs that are to be made read their files again; otherwise they hold them.
    std::unique_ptr<limpid::JobFileReader> files;
    if (!asked.store.empty()) files = std::make_unique<limpid::PictureFiles>();
    *grid = new limpid_grid{std::make_unique<limpid::PulledGrid>(
        network->model, std::move(store), asked.devices(), asked.batch, std::move(files))};
  });
}

limpid_status limpid_grid_next(limpid_grid* grid, char** json, DLManagedTensor** picture) {
  const limpid_status status = guarded([&] {
    if (picture != nullptr) *picture = nullptr;
    require(json, "json");
    *json = nullptr;
    require(grid, "grid");
    give_next(*grid->grid, json, picture);
  });
  return status == LIMPID_OK && *json == nullptr && grid->grid->cancelled()
             ? limpid::c::failed(LIMPID_CANCELLED, "the grid was cancelled")
             : status;
}

limpid_status limpid_grid_cancel(limpid_grid* grid) {
  return guarded([&] {
    require(grid, "grid");
    grid->grid->cancel();
  });
}

void limpid_grid_close(limpid_grid* grid) {
  delete grid;
}
