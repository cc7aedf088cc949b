// safetensors files of InceptionV1 weights.
#pragma once

#include <filesystem>
#include <string_view>

#include "weights/model.h"
#include "weights/named_tensors.h"

namespace limpid {

class SafetensorsFile;

/// The tensors of a file, which they refer to. Errors name `origin`, the file.
NamedTensors safetensors_tensors(const SafetensorsFile& file, const std::string& origin);

/// Reads a .safetensors file of float16, bfloat16, float32 or float64 tensors named as `model_of_state_dict`
/// knows them. What `limpid export` wrote comes back with its rules and provenance, bit for bit.
///
/// Throws Error{input} naming the file and the tensor for anything else, and Error{usage} for a family the
/// file leaves no choice of. The provenance has no checksum unless the file carries one.
Model import_safetensors(const std::filesystem::path& path, std::string_view family = {},
                         ImportReport* report = nullptr);

}  // namespace limpid
