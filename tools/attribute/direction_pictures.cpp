#include "tools/attribute/direction_pictures.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

#include "engine/pictures/image_file.h"
#include "engine/version.h"
#include "kernels/core/error.h"
#include "kernels/core/file_errors.h"
#include "kernels/core/names.h"
#include "kernels/core/streams.h"
#include "tools/job_pictures.h"
#include "weights/model_digest.h"
#include "weights/sha256.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

void make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) fail_write(folder, error.value());
}

/// The objective of a direction, scaled to length 1.
Objective towards(const DirectionPictures& pictures, const std::vector<float>& direction) {
  double squares = 0;
  for (const float value : direction) squares += double{value} * double{value};
  auto vectors = std::make_shared<FeatureVectors>();
  vectors->channels = static_cast<int>(direction.size());
  for (const float value : direction)
    vectors->values.push_back(static_cast<float>(value / std::sqrt(squares)));
  ObjectiveTerm term;
  term.kind = TermKind::direction;
  term.layer = pictures.layer;
  term.source = "direction";
  term.vectors = std::move(vectors);
  return Objective(std::move(term));
}

bool points_nowhere(const std::vector<float>& direction) {
  return std::ranges::all_of(direction, [](float value) { return value == 0; });
}

/// A kept file's name: digits of a checksum, and this.
constexpr std::size_t kDigits = 32;
const std::string kEnding = ".png";

/// The file of one picture: named after all that decides it.
fs::path kept_file(const DirectionPictures& pictures, const std::vector<float>& direction,
                   const std::string& weights, const ComputeOptions& compute) {
  std::string bytes =
      fmt::format("{} {} {} {} {} {} {} {} ", version(), weights, pictures.layer, pictures.size,
                  pictures.steps, pictures.seed, compute.device, name_of(compute.precision));
  bytes.append(reinterpret_cast<const char*>(direction.data()), direction.size() * sizeof(float));
  return pictures.unfinished / (sha256_of_bytes(bytes).substr(0, kDigits) + kEnding);
}

bool is_kept_name(std::string_view name) {
  return name.size() == kDigits + kEnding.size() && name.ends_with(kEnding) &&
         name.find_first_not_of("0123456789abcdef") == kDigits;
}

/// None where there is none, or what is there is damaged.
std::optional<Image> kept_picture(const fs::path& file, int size) {
  std::error_code error;
  if (!fs::exists(file, error)) return std::nullopt;
  try {
    Image image = read_image(file);
    if (image.height == size && image.width == size) return image;
  } catch (const Error&) {  // It is rendered again.
  }
  return std::nullopt;
}

}  // namespace

fs::path unfinished_folder(const fs::path& output) {
  fs::path folder = output.lexically_normal();
  if (!folder.has_filename()) folder = folder.parent_path();
  return folder += ".unfinished";
}

void forget_unfinished(const fs::path& folder) {
  std::error_code error;  // What stays is in nobody's way.
  if (!fs::is_directory(folder, error)) return;
  std::vector<fs::path> ours;
  for (fs::directory_iterator entry(folder, error), end; !error && entry != end; entry.increment(error)) {
    if (is_kept_name(entry->path().filename().string())) ours.push_back(entry->path());
  }
  for (const fs::path& file : ours) fs::remove(file, error);
  fs::remove(folder, error);  // Which leaves a folder that holds files of somebody else's.
}

std::vector<Image> render_directions(const Model& model, const DirectionPictures& pictures,
                                     const ComputeOptions& compute, bool quiet) {
  const auto values = 3 * static_cast<std::size_t>(pictures.size) * static_cast<std::size_t>(pictures.size);
  const Image gray{pictures.size, pictures.size, std::vector<float>(values, 0.5F)};
  std::vector<Image> images(pictures.directions.size(), gray);
  const bool keeps = !pictures.unfinished.empty();
  const std::string weights = keeps ? digest_of(model) : std::string();
  std::vector<RenderOptions> jobs;
  std::vector<std::size_t> place;  ///< Of each job's picture.
  std::vector<fs::path> files;     ///< Where each is kept.
  std::size_t kept = 0;
  for (std::size_t i = 0; i < pictures.directions.size(); ++i) {
    if (points_nowhere(pictures.directions[i])) continue;
    const fs::path file = keeps ? kept_file(pictures, pictures.directions[i], weights, compute) : fs::path();
    if (std::optional<Image> image = keeps ? kept_picture(file, pictures.size) : std::nullopt) {
      images[i] = std::move(*image);
      ++kept;
      continue;
    }
    RenderOptions& job = jobs.emplace_back();
    job.objective = towards(pictures, pictures.directions[i]);
    job.height = job.width = pictures.size;
    job.steps = pictures.steps;
    job.seed = pictures.seed;
    place.push_back(i);
    files.push_back(file);
  }
  if (kept > 0 && !quiet) say(stderr, "{} pictures are there from before\n", kept);
  if (jobs.empty()) return images;
  const KeepResult keep = [&](std::size_t job, const JobResult& result) {
    make_folder(pictures.unfinished);
    write_image(files[job], result.snapshots.back().image);
  };
  std::vector<JobResult> results =
      run_few_jobs(model, jobs, compute, "for " + pictures.layer, quiet, keeps ? keep : KeepResult());
  for (std::size_t i = 0; i < results.size(); ++i)
    images[place[i]] = std::move(results[i].snapshots.back().image);
  return images;
}

}  // namespace limpid
