#include "tests/grid/store_support.h"

namespace limpid::testing {

Manifest small_manifest(int jobs) {
  Manifest manifest;
  manifest.program_version = "0.1.0+test";
  manifest.weights = {std::string(64, 'a'), "bvlc_googlenet", "bvlc.h5"};
  manifest.device = "cpu";
  manifest.precision = "fp32";
  for (int i = 0; i < jobs; ++i) {
    RenderOptions job;
    job.objective = channel_objective("mixed4a", i);
    job.seed = static_cast<std::uint64_t>(i);
    job.height = i % 3 == 0 ? 5 : 6;
    job.width = i % 3 == 0 ? 4 : 6;
    job.steps = 2 + i % 4;
    manifest.jobs.push_back(job);
  }
  return manifest;
}

Manifest manifest_with_parameters(int jobs) {
  Manifest manifest = small_manifest(jobs);
  manifest.keep_parameters = true;
  for (std::size_t i = 0; i < manifest.jobs.size(); i += 2) {
    manifest.jobs[i].parameters = Pixel{};
  }
  return manifest;
}

StoredTile tile_of(const Manifest& manifest, std::int64_t job) {
  const RenderOptions& options = manifest.jobs[static_cast<std::size_t>(job)];
  StoredTile tile;
  tile.job = job;
  tile.height = options.height;
  tile.width = options.width;
  const bool failed = job % 7 == 3;
  if (failed) {
    tile.failure = fmt::format("step {} of job {} is not finite", options.steps, job);
  } else {
    const auto values =
        static_cast<std::size_t>(options.height) * static_cast<std::size_t>(options.width) * 3;
    for (std::size_t i = 0; i < values; ++i) {
      tile.rgb.push_back(static_cast<std::uint8_t>(i * 7 + static_cast<std::size_t>(job) * 31));
    }
    for (std::size_t i = 0; i < kept_parameters(manifest, options); ++i) {
      tile.parameters.push_back(static_cast<float>(job) - static_cast<float>(i) / 64);
    }
  }
  for (int step = 0; step < options.steps + (failed ? 0 : 1); ++step) {
    tile.objective.push_back(static_cast<double>(job) + step / 8.0);
  }
  return tile;
}

void fill_store(const std::filesystem::path& folder, const Manifest& manifest, const std::string& writer) {
  open_store(folder, manifest);
  const std::set<std::int64_t> finished = TileReader(folder).finished();
  TileWriter tiles(folder, writer);
  for (const std::int64_t job : all_jobs(manifest)) {
    if (!finished.contains(job)) tiles.append(tile_of(manifest, job));
  }
  tiles.consolidate();
  join_writers(folder);
}

std::map<std::string, std::string> contents(const std::filesystem::path& folder) {
  std::map<std::string, std::string> files;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    files[entry.path().filename().string()] = read_text(entry.path());
  }
  return files;
}

std::set<std::int64_t> all_jobs(const Manifest& manifest) {
  std::set<std::int64_t> jobs;
  for (std::size_t i = 0; i < manifest.jobs.size(); ++i) jobs.insert(static_cast<std::int64_t>(i));
  return jobs;
}

void expect_tiles_true(const TileReader& reader) {
  for (const std::int64_t job : reader.finished()) {
    EXPECT_EQ(reader.read(job), tile_of(reader.manifest(), job)) << "job " << job;
  }
}

}  // namespace limpid::testing
