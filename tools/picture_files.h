// The files that objectives and jobs name, read once each.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>

#include "engine/grid/job_files.h"

namespace limpid {

/// Photos and masks are what `read_image` takes; directions .npy or HDF5.
class PictureFiles final : public JobFileReader {
 public:
  std::shared_ptr<const Image> photo(const std::string& path) override;
  std::shared_ptr<const FeatureVectors> vectors(const std::string& path, int channels) override;
  std::shared_ptr<const Photo> start(const std::string& path) override;
  std::shared_ptr<const Mask> mask(const std::string& path) override;
  std::shared_ptr<const MagnitudePrior> prior(const std::string& path) override;

 private:
  std::map<std::string, std::shared_ptr<const Image>> photos_;
  std::map<std::pair<std::string, int>, std::shared_ptr<const FeatureVectors>> vectors_;
};

}  // namespace limpid
