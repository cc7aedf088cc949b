// Where the examples of a gallery's pictures come from.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/options/render_options.h"
#include "tools/gallery/curve.h"
#include "tools/gallery/picture_source.h"

namespace limpid {

/// Pictures of a data set that show, in one way, what a unit responds to.
struct GalleryBand {
  std::string name;
  std::vector<std::size_t> examples;  ///< Numbers of the source's own.
  std::vector<double> values;         ///< Of the unit, on each.
  std::vector<std::string> maps =
      {};  ///< Where the unit is active on each (`ExampleSource::map`); none where that is not known.
};

/// How many cells the map of a unit has as a page shows it.
struct GalleryCells {
  int height = 0, width = 0;
};

class ExampleSource {
 public:
  virtual ~ExampleSource() = default;
  /// The bands of the unit that a job shows; none where it is of no unit that is known.
  virtual std::vector<GalleryBand> bands(const RenderOptions& job) = 0;
  /// Hands the examples to `visit`, each with its place in `examples`, in any order; without pixels where one cannot be
  /// read.
  virtual void read(std::span<const std::size_t> examples,
                    const std::function<void(std::size_t place, const Pixels&)>& visit) = 0;
  /// What all of them are, in a few words.
  virtual std::string about() const = 0;
  /// How a unit's values are spread over all pictures: of equal bins from the least to the largest value the roots of their counts, 255 of the
  /// fullest bin, rounded up. Empty where it has no bands.
  virtual QuantisedCurve histogram(const RenderOptions&) { return {}; }
  /// Of the maps of the unit that a job shows; none where they are not known.
  virtual GalleryCells cells(const RenderOptions&) { return {}; }
  /// Where the unit is active on an example that was read: a hexadecimal digit for each cell, row by row, F of the largest value.
  virtual std::string map(const RenderOptions&, std::size_t) { return {}; }
};

}  // namespace limpid
