// What a job may say, for programs that offer it to others: the rows of option_table.h that are its fields.
#pragma once

#include <nlohmann/json.hpp>

namespace limpid {

/// {"options": [{"name", "flags": [...], "kind", "group", "values", "default", "help", "param": [...]}, ...], "presets":
/// [...]}: a field each in the table's order, beside "objective", "watch" and "preset". "values" and "default" are texts
/// for people, as help has them; "param" the kinds of what is optimised that it has an effect on.
nlohmann::ordered_json describe_options();

}  // namespace limpid
