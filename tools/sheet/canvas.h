// Painting on a picture. Whatever falls outside it is clipped.
#pragma once

#include "tools/sheet/rgb8.h"

namespace limpid {

void fill(Rgb8& canvas, const Rect& rect, SheetColour colour);

/// Copies `picture` so that its first pixel lies at (y, x).
void paste(Rgb8& canvas, int y, int x, const Rgb8& picture);

/// One pixel moved towards `colour` by coverage / 255.
void blend(Rgb8& canvas, int y, int x, SheetColour colour, std::uint8_t coverage);

}  // namespace limpid
