#include "engine/grid/job_list.h"

#include <unordered_set>
#include <utility>

#include "engine/grid/job_json.h"
#include "engine/grid/jobs_file.h"
#include "engine/grid/targets.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

std::vector<RenderOptions> jobs_of_entry(std::size_t index, const std::string& entry,
                                         const RenderOptions& common, const Model& model,
                                         ObjectiveFiles* files) {
  // Messages about a file name it themselves.
  if (entry.ends_with(".json")) return read_jobs_file(entry, common, model, files);
  try {
    return jobs_of_target(entry, common, model);
  } catch (const Error& error) {
    throw Error(error.kind(), fmt::format("entry {}, '{}': {}", index + 1, entry, error.what()));
  }
}

}  // namespace

std::vector<RenderOptions> without_repetitions(std::vector<RenderOptions> jobs) {
  std::unordered_set<std::string> known;
  std::erase_if(jobs,
                [&](const RenderOptions& job) { return !known.insert(job_to_json(job).dump()).second; });
  return jobs;
}

std::vector<RenderOptions> list_jobs(const std::vector<std::string>& entries, const RenderOptions& common,
                                     const Model& model, ObjectiveFiles* files) {
  std::vector<RenderOptions> all;
  for (std::size_t i = 0; i < entries.size(); ++i) {
    for (RenderOptions& job : jobs_of_entry(i, entries[i], common, model, files))
      all.push_back(std::move(job));
  }
  std::vector<RenderOptions> jobs = without_repetitions(std::move(all));
  if (jobs.empty()) fail_usage("nothing to make: name at least one target or file of jobs");
  return jobs;
}

}  // namespace limpid
