// Thumbnails in rows on few large pictures.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "tools/gallery/picture_source.h"

namespace limpid {

/// How thumbnails are laid out: from left to right, then down, then on the next sheet. The last sheet ends
/// with its last row that has a thumbnail.
struct SheetLayout {
  std::string name;  ///< Sheets are <name>-0.jpg, <name>-1.jpg, ...
  int tile = 0;      ///< Side of a thumbnail; a multiple of 8, so that JPEG blocks do not mix neighbours.
  int columns = 0;
  int rows = 0;
};

/// Writes sheets as they fill up: memory for one sheet.
class SpriteSheets {
 public:
  SpriteSheets(std::filesystem::path folder, SheetLayout layout);

  /// Puts a thumbnail of tile x tile pixels, or an empty place where `thumbnail` has none, next.
  void add(const Pixels& thumbnail);

  /// Writes the last sheet.
  void finish();

 private:
  std::filesystem::path folder_;
  SheetLayout layout_;
  int sheet_ = 0;
  int filled_ = 0;
  Pixels pixels_;
};

}  // namespace limpid
