// The files that jobs of the C interface name.
#pragma once

#include "engine/grid/job_files.h"

namespace limpid::c {

/// Afterwards the job holds every file it names: vectors, priors, photos, masks; relative names from where the process is.
/// Returns the checksums of those that its objectives name. Throws Error{input} for a file that is not there or not what
/// it should be.
FileChecksums load_files(RenderOptions& job, const Model& model);

}  // namespace limpid::c
