#include "engine/pictures/picture_files.h"

#include "engine/image/decoder_file.h"
#include "engine/image/magnitude_prior.h"
#include "engine/pictures/image_file.h"
#include "engine/pictures/photo_file.h"

namespace limpid {

std::shared_ptr<const Image> PictureFiles::photo(const std::string& path) {
  std::shared_ptr<const Image>& photo = photos_[path];
  if (photo == nullptr) photo = std::make_shared<const Image>(read_image(path, notes_));
  return photo;
}

std::shared_ptr<const FeatureVectors> PictureFiles::vectors(const std::string& path, int channels) {
  std::shared_ptr<const FeatureVectors>& vectors = vectors_[{path, channels}];
  if (vectors == nullptr) vectors = read_feature_vectors(path, channels);
  return vectors;
}

// JobFileLoader keeps what follows.

std::shared_ptr<const Photo> PictureFiles::start(const std::string& path) {
  return read_photo(path, notes_);
}

std::shared_ptr<const Mask> PictureFiles::mask(const std::string& path) {
  return read_mask(path, notes_);
}

std::shared_ptr<const MagnitudePrior> PictureFiles::prior(const std::string& path) {
  return read_magnitude_prior(path);
}

std::shared_ptr<const Decoder> PictureFiles::decoder(const std::string& path) {
  return read_decoder(path);
}

}  // namespace limpid
