// Where the examples of a gallery's pictures come from.
#pragma once

#include <cstddef>
#include <functional>
#include <span>
#include <string>
#include <vector>

#include "engine/options/render_options.h"
#include "tools/gallery/picture_source.h"

namespace limpid {

/// Pictures of a data set that show, in one way, what a unit responds to.
struct GalleryBand {
  std::string name;
  std::vector<std::size_t> examples;  ///< Numbers of the source's own.
  std::vector<double> values;         ///< Of the unit, on each.
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
};

}  // namespace limpid
