// From the rows of a sheet to the tiles of all levels of its pyramid.
#pragma once

#include <filesystem>
#include <vector>

#include "tools/sheet/row_writer.h"

namespace limpid {

/// Side of the pyramid's pictures in pixels; they do not overlap.
inline constexpr int kZoomTile = 512;

/// Writes folder/LEVEL/COLUMN_ROW.EXTENSION. Levels are numbered as Deep Zoom does: 0 is one pixel, each
/// next one twice as high and wide, the last the sheet.
class PyramidWriter : public RowWriter {
 public:
  /// Makes the folders of all levels. `side` is that of the tiles. Throws Error{usage}.
  PyramidWriter(std::filesystem::path folder, PictureFormat format, int side, PictureSize size);

  void write_row(const std::uint8_t* row) override;
  void finish() override {}

 private:
  struct Level {
    std::filesystem::path folder;
    PictureSize size;
    int block = 1;           ///< A pixel covers block x block pixels of the sheet.
    int rows = 0;            ///< Complete so far.
    Rgb8 band;               ///< Rows of the tiles that are being filled.
    std::vector<float> sum;  ///< Linear light of the row below those, summed over what it covers.
    int summed = 0;          ///< Rows of the sheet in that sum.
  };

  /// The levels below `index` take a row: linear light summed over `rows` rows of the sheet.
  void reduce(std::size_t index, const std::vector<float>& sums, int rows);
  void encode_row(Level& level);
  void row_done(Level& level);
  void write_tile(const Level& level, int row, int column, int height) const;

  PictureFormat format_;
  int side_;
  std::vector<Level> levels_;  ///< From the sheet down to one pixel.
  std::vector<float> light_;   ///< One row of the sheet.
};

}  // namespace limpid
