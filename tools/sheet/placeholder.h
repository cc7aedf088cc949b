// What stands where a picture is not there.
#pragma once

#include "tools/sheet/theme.h"
#include "tools/sheet/tile_set.h"

namespace limpid {

/// Fills `place` and says why the tile is missing, as far as there is room: "not rendered", or "failed" and
/// the beginning of the reason.
void draw_placeholder(Rgb8& canvas, const Rect& place, const Tile& tile, const Theme& theme);

}  // namespace limpid
