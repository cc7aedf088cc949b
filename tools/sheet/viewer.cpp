#include "tools/sheet/viewer.h"

#include <fmt/format.h>

#include "engine/pictures/markup.h"
#include "tools/html_text.h"
#include "tools/sheet/pyramid.h"
#include "tools/sheet/viewer_template.h"

namespace limpid {
namespace {

using Json = nlohmann::ordered_json;

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
  fill_placeholder(page, "@TITLE@", escaped_markup(title));
  fill_placeholder(page, "@SHEET@", script_text(sheet));
  return page;
}

}  // namespace limpid
