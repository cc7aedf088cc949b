// Sheets of any size as pyramids of small pictures (the Deep Zoom format of viewers such as OpenSeadragon).
#pragma once

#include <filesystem>

#include "tools/sheet/row_writer.h"
#include "tools/sheet/sheet_options.h"

namespace limpid {

/// Throws Error{usage} unless `write_deep_zoom` could make or replace `folder`, which must not exist, be
/// empty or hold such a pyramid and nothing else: asked before a store is read.
void check_deep_zoom_output(const std::filesystem::path& folder);

/// Makes the folder with sheet.dzi, sheet_files/LEVEL/COLUMN_ROW.EXTENSION, sheet.json, which says where in
/// the full sheet each tile lies (tiles_json.h), and index.html, a page that shows it (viewer.h). The last level is the sheet itself; each one before has
/// half its height and width, rounded up, down to one pixel: every pixel is the mean, in linear light, of the
/// sheet's pixels it covers. The folder appears when it is complete. Memory holds kZoomTile rows of the sheet
/// at each level. Throws Error{usage}
/// as `check_deep_zoom_output`, for options out of range, where there is no tile, as
/// `fail_write` does, and what reading a tile throws.
void write_deep_zoom(const TileSet& set, const SheetOptions& options, PictureFormat format,
                     const std::filesystem::path& folder);

}  // namespace limpid
