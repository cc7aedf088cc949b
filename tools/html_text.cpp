#include "tools/html_text.h"

namespace limpid {

std::string script_text(const nlohmann::ordered_json& json) {
  std::string text = json.dump(-1, ' ', true, nlohmann::ordered_json::error_handler_t::replace);
  fill_placeholder(text, "<", "\\u003c");
  return text;
}

void fill_placeholder(std::string& text, std::string_view placeholder, const std::string& value) {
  for (std::size_t at = 0; (at = text.find(placeholder, at)) != std::string::npos; at += value.size())
    text.replace(at, placeholder.size(), value);
}

}  // namespace limpid
