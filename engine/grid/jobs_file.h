// Lists of jobs that users write.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

#include "engine/options/render_options.h"
#include "weights/model.h"

namespace limpid {

/// Reads a JSON file that is an array of jobs (fields in job_json.h), or {"defaults": {...}, "jobs": [...]}
/// where a job takes what it does not say from the defaults. What neither says is that of `common`. A text in place of a
/// job is a target (targets.h), and stands for a job for each of its objectives. Throws
/// Error{input} naming the file, the field (jobs[3].seed) and what was expected. `files` reads what objectives name.
std::vector<RenderOptions> read_jobs_file(const std::filesystem::path& path, const RenderOptions& common,
                                          const Model& model, ObjectiveFiles* files = nullptr);

/// The same of such a file's text; `file` is its name in messages.
std::vector<RenderOptions> parse_jobs(std::string_view json, const std::string& file,
                                      const RenderOptions& common, const Model& model,
                                      ObjectiveFiles* files = nullptr);

}  // namespace limpid
