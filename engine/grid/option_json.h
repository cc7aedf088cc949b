// The options of a job as fields of JSON: the rows of option_table.h, one field each.
#pragma once

#include "engine/grid/json_field.h"
#include "engine/options/option_table.h"

namespace limpid {

/// Adds the rows that records have: always, or where they differ from the default.
void add_option_fields(JsonField::Json& json, const RenderOptions& job);

/// Reads a field as `row` has it; a file is named, not read. Throws Error{input} that names the field, what
/// was expected and what was found.
OptionValue read_option(const JsonField& field, const OptionRow& row);

}  // namespace limpid
