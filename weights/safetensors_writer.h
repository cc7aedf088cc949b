// InceptionV1 weights as safetensors.
#pragma once

#include <filesystem>

#include "weights/model.h"
#include "weights/stored_type.h"

namespace limpid {

/// Writes a .safetensors file: for each layer `<name>.weight`, K x C x R x S (the classifier K x C), and
/// `<name>.bias`, K, under canonical names, and in its metadata, as `limpid`, JSON with the model's rules and
/// labels (see `rules_to_json`). `import_safetensors` gives the same model back, bit for bit where `type`
/// holds its values. The same model gives the same bytes.
///
/// Throws Error{usage} when a value does not fit `type`, and as `fail_write` does.
void write_safetensors(const Model& model, const std::filesystem::path& path,
                       StoredType type = StoredType::f32);

}  // namespace limpid
