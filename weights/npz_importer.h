// numpy's archives of arrays.
#pragma once

#include <filesystem>

#include "weights/model.h"

namespace limpid {

/// Reads an .npz of InceptionV1 weights: for each layer, under Caffe's or the canonical name, an array
/// `<name>_w` of shape K x C x R x S (the classifier also K x C) and one `<name>_b` of shape K, of
/// little-endian float16, float32 or float64 in C order; `classes`, if there, is an array of strings, and
/// `training` one of a single string, which goes into the provenance. An .npz carries no rules, so they are
/// those of the family "limpid_default".
///
/// Throws Error{input} naming the file and the array for anything else: a file that is not a zip or is
/// damaged, an array missing, surplus, of another shape or type. The provenance has no checksum yet.
Model import_npz(const std::filesystem::path& path);

}  // namespace limpid
