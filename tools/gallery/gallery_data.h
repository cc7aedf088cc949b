// What the page knows of its pictures: data.js.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "engine/options/render_options.h"
#include "tools/gallery/curve.h"
#include "tools/gallery/example_source.h"
#include "tools/gallery/gallery_text.h"
#include "tools/gallery/sprite_sheet.h"

namespace limpid {

/// One picture of a gallery.
struct GalleryEntry {
  std::string key;
  RenderOptions options;
  std::string weights;  ///< Their file; empty where that is not known.
  double value = 0;     ///< The objective's last; NaN when there is none.
  QuantisedCurve curve;
  std::string failure;
  std::vector<std::size_t> neighbours;  ///< Indices of entries that look alike, nearest first.
  std::vector<GalleryBand> bands = {};  ///< Their examples by their places on the sheets of examples.
  QuantisedCurve histogram = {};        ///< Of its unit's values (`ExampleSource`).
  GalleryCells cells = {};              ///< Of the bands' maps.
};

/// Where a gallery's examples are.
struct ExampleSheets {
  SheetLayout layout;
  std::size_t count = 0;  ///< 0 for a gallery without.
  std::string about;
};

/// A classic script (a page opened from a file may load no other kind) that sets
///
///   window.limpidGallery = {format: 1, title, about, small: SHEET, medium: SHEET, examples: {sheet: SHEET, count, about}
///   (absent without), pictures: [PICTURE, ...]}
///   SHEET    {name, tile, columns, rows}: picture i is at place i % (columns * rows) of sheet
///            i / (columns * rows), counted from left to right, then down
///   PICTURE  {key, objective, subject, layer, channel (absent for layers), height, width, steps, seed (text:
///   it
///            may exceed 2^53), value (absent if none), command (absent where no command says it), failure
///            (absent if none), curve: [low, high, two hexadecimal digits for each sample],
///            neighbours: [index, ...], bands: [{name, examples: [place on the sheets of examples, ...], values, maps: [a
///            hexadecimal digit a cell, ...] (absent without)}, ...], histogram: as curve, cells: [height, width] (absent
///            without maps) (all three absent without examples)}
///
/// in ASCII, everything else escaped.
std::string gallery_data(const GalleryText& text, const SheetLayout& small, const SheetLayout& medium,
                         const ExampleSheets& examples, const std::vector<GalleryEntry>& entries);

}  // namespace limpid
