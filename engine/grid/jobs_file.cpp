#include "engine/grid/jobs_file.h"

#include <string>

#include "engine/grid/job_json.h"
#include "engine/grid/targets.h"
#include "kernels/core/error.h"
#include "weights/file_bytes.h"

namespace limpid {
namespace {

/// A larger file is no list of jobs: a million jobs with every field fit.
constexpr std::uint64_t kMostFileBytes = 512ULL << 20;

std::string read_text(const std::filesystem::path& path) {
  if (check_readable(path) > kMostFileBytes) {
    fail_input("{}: it has more than {} MiB; a list of jobs has less", path.string(), kMostFileBytes >> 20);
  }
  return read_bytes(path);
}

/// What jobs have where they do not say otherwise: a job without an objective. As reading a job needs one, an
/// objective that every model has stands in for it.
RenderOptions read_defaults(const JsonField& field, const std::string& file, const RenderOptions& common,
                            const Model& model) {
  JsonField::Json job = field.value();
  if (!job.is_object()) field.fail("an object");
  if (job.contains("objective")) field.member("objective").reject("every job has an objective of its own");
  job["objective"] = model.network.layer_names().front() + ":0";
  return job_from_json({job, file, "defaults"}, model, common);
}

void add_target(const JsonField& field, const RenderOptions& defaults, const Model& model,
                std::vector<RenderOptions>& jobs) {
  try {
    const std::vector<RenderOptions> named = jobs_of_target(field.string(), defaults, model);
    jobs.insert(jobs.end(), named.begin(), named.end());
  } catch (const Error& error) {
    field.reject(error.what());
  }
}

/// {"defaults": {...}, "jobs": [...]}: the defaults become those of `defaults`; returns the jobs.
JsonField open_envelope(const JsonField& document, const std::string& file, const Model& model,
                        RenderOptions& defaults) {
  document.for_each_member([&](const std::string& name, const JsonField& field) {
    if (name == "defaults") {
      defaults = read_defaults(field, file, defaults, model);
    } else if (name != "jobs") {
      field.reject("there is no field of this name beside 'defaults' and 'jobs'");
    }
  });
  return document.member("jobs");
}

}  // namespace

std::vector<RenderOptions> read_jobs_file(const std::filesystem::path& path, const RenderOptions& common,
                                          const Model& model, ObjectiveFiles* files) {
  return parse_jobs(read_text(path), path.string(), common, model, files);
}

std::vector<RenderOptions> parse_jobs(std::string_view json, const std::string& file,
                                      const RenderOptions& common, const Model& model,
                                      ObjectiveFiles* files) {
  const JsonField::Json text = JsonField::parse(json, file);
  const JsonField document(text, file, "");
  RenderOptions defaults = common;
  const JsonField list = text.is_object() ? open_envelope(document, file, model, defaults) : document;
  const std::size_t count = list.size();
  if (count == 0) list.reject("it holds no job");

  std::vector<RenderOptions> jobs;
  jobs.reserve(count);
  for (std::size_t i = 0; i < count; ++i) {
    const JsonField element = list.element(i);
    if (element.value().is_string()) {
      add_target(element, defaults, model, jobs);
    } else {
      jobs.push_back(job_from_json(element, model, defaults, files));
    }
  }
  return jobs;
}

}  // namespace limpid
