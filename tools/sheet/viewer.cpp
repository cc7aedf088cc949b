#include "tools/sheet/viewer.h"

#include <fmt/format.h>

#include <string_view>

#include "tools/sheet/pyramid.h"
#include "tools/sheet/viewer_template.h"

namespace limpid {
namespace {

using Json = nlohmann::ordered_json;

std::string escaped(std::string_view text) {
  std::string result;
  for (const char c : text) {
    if (c == '&') {
      result += "&amp;";
    } else if (c == '<') {
      result += "&lt;";
    } else if (c == '"') {
      result += "&quot;";
    } else {
      result += c;
    }
  }
  return result;
}

/// JSON that may stand in a script: ASCII, and nothing that ends one.
std::string script_text(const Json& json) {
  std::string text = json.dump(-1, ' ', true, Json::error_handler_t::replace);
  for (std::size_t at = 0; (at = text.find('<', at)) != std::string::npos;) text.replace(at, 1, "\\u003c");
  return text;
}

void replace_all(std::string& text, std::string_view placeholder, const std::string& value) {
  for (std::size_t at = 0; (at = text.find(placeholder, at)) != std::string::npos; at += value.size()) {
    text.replace(at, placeholder.size(), value);
  }
}

}  // namespace

std::string viewer_page(const std::string& title, SheetColour background, PictureFormat format,
                        PictureSize size, const Json& tiles) {
  const Json sheet = {
      {"width", size.width},
      {"height", size.height},
      {"side", kZoomTile},
      {"extension", std::string(extension_of(format))},
      {"background", fmt::format("#{:02x}{:02x}{:02x}", background.red, background.green, background.blue)},
      {"tiles", tiles.at("tiles")}};
  std::string page(kViewerTemplate);
  replace_all(page, "@TITLE@", escaped(title));
  replace_all(page, "@SHEET@", script_text(sheet));
  return page;
}

}  // namespace limpid
