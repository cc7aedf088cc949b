#include "tools/gallery/gallery_examples.h"

#include "tools/gallery/thumbnail.h"

namespace limpid {

std::vector<GalleryBand> GalleryExamples::add(const RenderOptions& job) {
  std::vector<GalleryBand> bands = source_.bands(job);
  for (GalleryBand& band : bands) {
    for (std::size_t& example : band.examples) {
      const auto [it, added] = places_.try_emplace(example, numbers_.size());
      if (added) numbers_.push_back(example);
      example = it->second;
    }
  }
  return bands;
}

std::size_t GalleryExamples::write(const std::filesystem::path& folder, const SheetLayout& layout) {
  std::vector<Pixels> thumbnails(numbers_.size());
  source_.read(numbers_, [&](std::size_t place, const Pixels& pixels) {
    if (!pixels.rgb.empty()) thumbnails[place] = square_thumbnail(pixels, layout.tile);
  });
  SpriteSheets sheets(folder, layout);
  for (const Pixels& thumbnail : thumbnails) sheets.add(thumbnail);
  sheets.finish();
  return thumbnails.size();
}

void GalleryExamples::add_maps(const RenderOptions& job, std::vector<GalleryBand>& bands) {
  for (GalleryBand& band : bands) {
    for (const std::size_t place : band.examples) band.maps.push_back(source_.map(job, numbers_[place]));
  }
}

}  // namespace limpid
