// What a sheet shows: jobs, what became of them, and their pictures.
#pragma once

#include <cmath>
#include <cstdint>
#include <functional>
#include <limits>
#include <string>
#include <vector>

#include "tools/sheet/resample.h"

namespace limpid {

enum class TileStatus {
  finished,
  missing,  ///< Not rendered (yet).
  failed,
  none,  ///< There is no tile: its place stays empty.
};

struct Tile {
  std::int64_t job = 0;
  std::string store = {};  ///< Whose job; empty where the set is of one store.
  std::string objective;   ///< Canonical text.
  std::string label;       ///< What tells it from the others of the set: "11" where all are of one layer.
  int layer = 0;           ///< Rank of its layer in the set.
  int channel = 0;
  PictureSize size;  ///< Of its picture, rendered or not.
  TileStatus status = TileStatus::missing;
  double value = std::numeric_limits<double>::quiet_NaN();  ///< Of the objective at the end; NaN without one.
  std::string failure;                                      ///< One line, of a failed job.
};

struct TileSet {
  std::vector<Tile> tiles;                  ///< In the order of the jobs.
  std::function<Rgb8(std::size_t)> pixels;  ///< The picture of a finished tile, by index.
  std::string title;                        ///< What is shown; UTF-8.
  std::string legend;                       ///< How it was made.
  std::vector<std::string> headings = {};   ///< Above the rows, one of each; empty for none at all.
};

enum class TileOrder {
  channel,    ///< Layers as the jobs have them, then channels.
  objective,  ///< By value; tiles without one come last, whatever the direction.
  name,       ///< By the objective's text.
};

/// Indices into `tiles`, ascending or descending; equal ones stay in the order of the jobs.
std::vector<std::size_t> sort_tiles(const std::vector<Tile>& tiles, TileOrder order, bool descending);

}  // namespace limpid
