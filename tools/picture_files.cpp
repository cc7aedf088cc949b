#include "tools/picture_files.h"

#include "tools/image_file.h"

namespace limpid {

std::shared_ptr<const Image> PictureFiles::photo(const std::string& path) {
  std::shared_ptr<const Image>& photo = photos_[path];
  if (photo == nullptr) photo = std::make_shared<const Image>(read_image(path));
  return photo;
}

std::shared_ptr<const FeatureVectors> PictureFiles::vectors(const std::string& path, int channels) {
  return read_feature_vectors(path, channels);
}

}  // namespace limpid
