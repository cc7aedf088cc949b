// The files that objectives and jobs name, read once each.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "engine/grid/job_files.h"
#include "engine/pictures/picture_notes.h"

namespace limpid {

/// Photos and masks are what `read_image` takes; directions .npy or HDF5.
class PictureFiles final : public JobFileReader {
 public:
  explicit PictureFiles(PictureNotes notes = {}) : notes_(std::move(notes)) {}

  std::shared_ptr<const Image> photo(const std::string& path) override;
  std::shared_ptr<const FeatureVectors> vectors(const std::string& path, int channels) override;
  std::shared_ptr<const Photo> start(const std::string& path) override;
  std::shared_ptr<const Mask> mask(const std::string& path) override;
  std::shared_ptr<const MagnitudePrior> prior(const std::string& path) override;
  std::shared_ptr<const Decoder> decoder(const std::string& path) override;

 private:
  PictureNotes notes_;
  std::map<std::string, std::shared_ptr<const Image>> photos_;
  std::map<std::pair<std::string, int>, std::shared_ptr<const FeatureVectors>> vectors_;
};

}  // namespace limpid
