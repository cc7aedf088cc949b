// limpid's weights file: HDF5, schema in weights/README.md.
#pragma once

#include <filesystem>

#include "weights/model.h"

namespace limpid {

/// Element type of the stored tensors; the reader always widens to fp32.
enum class StoredType { f32, f16 };

/// Reads and validates a weights file: every layer present, shapes consistent along the topology, no NaN or
/// infinity. Throws Error{input} naming the file and what is wrong, where.
Model read_model(const std::filesystem::path& path);

/// Writes atomically (temporary file, then rename). Throws Error{runtime} when the file cannot be written.
void write_model(const Model& model, const std::filesystem::path& path, StoredType type = StoredType::f32);

}  // namespace limpid
