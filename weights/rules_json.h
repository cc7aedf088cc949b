// A model's rules as JSON text: what `limpid export` puts beside the tensors, and importers look for.
#pragma once

#include <string>
#include <string_view>

#include "weights/model.h"

namespace limpid {

/// The name under which formats with named parts keep the text.
inline constexpr const char* kRulesName = "limpid";

/// Whether the text has the classes' labels; a format with a place of its own for them leaves them out.
enum class Labels { without, with };

/// All of the model but its layers, in the fields that weights/README.md describes: provenance, padding,
/// pools, LRN, input. ASCII; numbers come back exactly. Throws
/// Error{usage} where layers are appended to the model: the text has no room for them.
std::string rules_to_json(const Model& model, Labels labels = Labels::without);

/// A model with those rules and no layers. Throws Error{input} beginning with `what` (a file and the part of
/// it) for text that is no JSON, lacks a field, has one of another kind, or is of another schema.
Model rules_from_json(std::string_view text, const std::string& what);

}  // namespace limpid
