// A few jobs and their pictures, in memory.
#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "engine/network/compute_options.h"
#include "engine/optimize/job.h"
#include "weights/model.h"

namespace limpid {

/// Takes a result and its place among the jobs as it is finished, one at a time. Where it throws Error, the renders go
/// on, and nothing more is given to it.
using KeepResult = std::function<void(std::size_t, const JobResult&)>;

/// Runs the jobs through one queue, and returns their results in the same order, the final picture last of each. Tells of
/// the progress on standard error unless `quiet`, and once where `keep` fails; `what` names the pictures where one
/// fails, as "for mixed4a". Throws Error as a render does, and ExitCode where a signal asked it to stop before all were
/// done: what was finished then is lost, unless `keep` took it.
std::vector<JobResult> run_few_jobs(const Model& model, const std::vector<RenderOptions>& jobs,
                                    const ComputeOptions& compute, const std::string& what, bool quiet,
                                    const KeepResult& keep = {});

}  // namespace limpid
