// The examples of a gallery: which, and their thumbnails.
#pragma once

#include <filesystem>
#include <map>
#include <vector>

#include "tools/gallery/example_source.h"
#include "tools/gallery/sprite_sheet.h"

namespace limpid {

/// Collects the examples of one picture after another, then writes each once.
class GalleryExamples {
 public:
  explicit GalleryExamples(ExampleSource& source) : source_(source) {}

  /// The bands of a job, their examples by their places on the sheets.
  std::vector<GalleryBand> add(const RenderOptions& job);

  /// Writes the thumbnails of all that were added into `folder`; returns how many those are. Memory: of all thumbnails,
  /// which come in any order.
  std::size_t write(const std::filesystem::path& folder, const SheetLayout& layout);

  /// Where the unit of a job is active on its examples, once they are written; `bands` are its own.
  void add_maps(const RenderOptions& job, std::vector<GalleryBand>& bands);

 private:
  ExampleSource& source_;
  std::map<std::size_t, std::size_t> places_;  ///< By number of the source's.
  std::vector<std::size_t> numbers_;           ///< By place.
};

}  // namespace limpid
