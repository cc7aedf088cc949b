// What objectives are made from besides text: photos and directions in a layer's channels.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "engine/image/image.h"

namespace limpid {

/// Vectors in the channels of a layer, one for each position of a patch; a direction is a patch of one
/// position.
struct FeatureVectors {
  int height = 1, width = 1;
  int channels = 0;           ///< Logical channels of the layer.
  std::vector<float> values;  ///< height x width x channels.
};

/// Reads what the terms of an objective name. A program decides which files that may be.
class ObjectiveFiles {
 public:
  virtual ~ObjectiveFiles() = default;

  /// A photo, RGB in [0, 1]. Throws Error{input}.
  virtual std::shared_ptr<const Image> photo(const std::string& path) = 0;

  /// Vectors of `channels` channels: an array of `channels` numbers, or one of h x w x channels. Throws
  /// Error{input}.
  virtual std::shared_ptr<const FeatureVectors> vectors(const std::string& path, int channels) = 0;
};

/// A direction drawn from the standard normal distribution and scaled to length 1: the same for the same seed
/// and number of channels everywhere.
std::shared_ptr<const FeatureVectors> random_direction(std::uint64_t seed, int channels);

/// Vectors from a file of numpy's (.npy: float16, float32 or float64) or the dataset "direction", or the only
/// dataset, of an HDF5 file. Throws Error{input} naming the file, its shape and the shape that was expected.
std::shared_ptr<const FeatureVectors> read_feature_vectors(const std::string& path, int channels);

}  // namespace limpid
