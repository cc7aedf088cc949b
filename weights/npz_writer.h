// InceptionV1 weights for numpy.
#pragma once

#include <filesystem>

#include "weights/model.h"
#include "weights/stored_type.h"

namespace limpid {

/// Writes an .npz that numpy.load reads: for each layer `<name>_w`, K x C x R x S (the classifier K x C), and
/// `<name>_b`, K, under canonical names; `limpid`, one string of JSON with the model's rules (see
/// `rules_to_json`); and `classes`, if there are labels. `import_npz` gives the same model back, bit for bit
/// where `type` holds its values. The same model gives the same bytes.
///
/// Throws Error{usage} when a value does not fit `type`, and as `fail_write` does.
void write_npz(const Model& model, const std::filesystem::path& path, StoredType type = StoredType::f32);

}  // namespace limpid
