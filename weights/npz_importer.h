// numpy's archives of arrays.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "weights/model.h"
#include "weights/named_tensors.h"

namespace limpid {

class ZipArchive;

/// The arrays of an archive as tensors, which refer to it; strings with the names that `write_npz` gives are left out.
/// Errors name `origin`, the file.
NamedTensors npz_tensors(const ZipArchive& archive, const std::string& origin);

/// Reads an .npz of InceptionV1 weights: for each layer, under Caffe's or the canonical name, an array
/// `<name>_w` of shape K x C x R x S (the classifier also K x C) and one `<name>_b` of shape K, of
/// little-endian float16, float32 or float64 in C order, or arrays named as `model_of_state_dict` knows them;
/// `classes`, if there, is an array of strings, and
/// `training` one of a single string, which goes into the provenance. The rules are those in the string
/// `limpid`, as `write_npz` puts it there; without it, those of the family that `choose_family` finds for
/// `family_name`.
///
/// Throws Error{input} naming the file and the array for anything else: a file that is not a zip or is
/// damaged, an array missing, surplus, of another shape or type; Error{usage} for a family
/// where the file says which it is. The provenance has no checksum unless the file carries one.
Model import_npz(const std::filesystem::path& path, std::string_view family_name = {},
                 ImportReport* report = nullptr);

}  // namespace limpid
