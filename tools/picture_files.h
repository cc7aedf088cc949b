// The files that objectives name, read once each.
#pragma once

#include <map>
#include <memory>
#include <string>

#include "engine/objective/objective_data.h"

namespace limpid {

/// Photos are PNG or JPEG; directions .npy or HDF5.
class PictureFiles final : public ObjectiveFiles {
 public:
  std::shared_ptr<const Image> photo(const std::string& path) override;
  std::shared_ptr<const FeatureVectors> vectors(const std::string& path, int channels) override;

 private:
  std::map<std::string, std::shared_ptr<const Image>> photos_;
};

}  // namespace limpid
