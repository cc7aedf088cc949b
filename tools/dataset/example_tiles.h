// Examples as a sheet shows them.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "engine/image/image.h"
#include "tools/dataset/unit_examples.h"
#include "tools/sheet/tile_set.h"

namespace limpid {

/// What of a picture is shown.
enum class ExampleCrop {
  none,   ///< All that the network saw.
  field,  ///< What the position with the maximum sees, as far as it lies in the picture.
};

template <>
inline constexpr std::array<std::string_view, 2> kNames<ExampleCrop> = {"none", "field"};

struct ExampleSheet {
  TileSet set;  ///< A row for each band that has pictures, labelled with their values; in the order of jobs.
  int columns = 0;                    ///< Tiles of a row.
  std::vector<std::string> empty;     ///< Headings of bands that have none.
  std::vector<std::string> failures;  ///< One line for each picture that could not be shown.
};

/// How examples are shown.
struct ExampleView {
  ExampleCrop crop = ExampleCrop::none;
  int side = 128;          ///< Pixels at most on their longest side.
  bool histogram = false;  ///< With a last row that shows the values of all pictures.
  /// Where it is given, the unit's map of a picture, row by row, that lies over it; not of a crop.
  std::function<std::vector<double>(const Image& shown)> map = {};
};

/// The tiles of a unit's bands. All pictures are read.
ExampleSheet example_tiles(const IndexReader& index, const IndexUnit& unit, const ExampleRequest& request,
                           const ExampleView& view);

}  // namespace limpid
