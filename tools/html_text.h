// Text that goes into pages.
#pragma once

#include <nlohmann/json.hpp>
#include <string>
#include <string_view>

namespace limpid {

/// JSON that may stand in a script: ASCII, and nothing that ends one.
std::string script_text(const nlohmann::ordered_json& json);

/// Every place in `text` where `placeholder` stands, by `value`.
void fill_placeholder(std::string& text, std::string_view placeholder, const std::string& value);

}  // namespace limpid
