// Jobs that no device could do are refused before any is begun.
#pragma once

#include <vector>

#include "engine/options/render_options.h"
#include "weights/model.h"

namespace limpid {

/// Throws Error{usage} naming the first job whose size, steps or rates are out of range, or whose picture is
/// too small for its layer, or whose parameters a store could not keep, where it is to.
void check_jobs(const std::vector<RenderOptions>& jobs, const Model& model, bool keep_parameters);

}  // namespace limpid
