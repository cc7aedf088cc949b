#include "engine/pictures/photo_file.h"

#include <utility>

#include "engine/pictures/image_file.h"
#include "weights/sha256.h"

namespace limpid {

std::shared_ptr<const Photo> read_photo(const std::filesystem::path& path, const PictureNotes& notes) {
  Image image = read_image(path, notes);
  return std::make_shared<const Photo>(Photo{path.string(), sha256_of_file(path), std::move(image)});
}

std::shared_ptr<const Mask> read_mask(const std::filesystem::path& path, const PictureNotes& notes) {
  const Image image = read_image(path, notes, PictureColours::stored);
  Mask mask{path.string(), sha256_of_file(path), image.height, image.width, {}};
  mask.values.reserve(image.rgb.size() / 3);
  for (std::size_t i = 0; i < image.rgb.size(); i += 3) {
    // White is exactly 1: a sum of three ones divided by three.
    mask.values.push_back((image.rgb[i] + image.rgb[i + 1] + image.rgb[i + 2]) / 3);
  }
  return std::make_shared<const Mask>(std::move(mask));
}

}  // namespace limpid
