// What a grid is asked to make.
#pragma once

#include <string>
#include <vector>

#include "engine/options/render_options.h"
#include "weights/model.h"

namespace limpid {

/// A job that is named twice, with all its options, is made once: its first place counts.
std::vector<RenderOptions> without_repetitions(std::vector<RenderOptions> jobs);

/// The jobs that `entries` name, in their order: each entry is a target (targets.h) with the options of
/// `common`, or a file of jobs (jobs_file.h; its name ends in ".json") that takes from `common` what it does
/// not say; without repetitions. Throws Error naming the entry by number and text, or the field of the file.
std::vector<RenderOptions> list_jobs(const std::vector<std::string>& entries, const RenderOptions& common,
                                     const Model& model, ObjectiveFiles* files = nullptr);

}  // namespace limpid
