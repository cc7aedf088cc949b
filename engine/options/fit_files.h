// The photos and the mask of a job at the size of its picture.
#pragma once

#include <string>
#include <vector>

#include "engine/options/render_options.h"

namespace limpid {

/// Resamples what is of another size than the picture: the photo a job starts from, its mask, the photos its
/// objective and what watches it name; as `options.start.fit` says. What
/// was not read yet stays so. Throws Error{usage} as `check_image` and `check_extent` do.
void fit_files(RenderOptions& options);

/// What `fit_files` would resample: a line for each file, with its name, both sizes and the fit.
std::vector<std::string> fitting_notes(const RenderOptions& options);

}  // namespace limpid
