// The page that shows a pyramid: pan, zoom, find.
#pragma once

#include <nlohmann/json.hpp>
#include <string>

#include "tools/sheet/row_writer.h"

namespace limpid {

/// An HTML page that stands beside `sheet_files` and needs nothing else, no server either. `tiles` is what
/// tiles_json.h gives of the sheet.
std::string viewer_page(const std::string& title, SheetColour background, PictureFormat format,
                        PictureSize size, const nlohmann::ordered_json& tiles);

}  // namespace limpid
