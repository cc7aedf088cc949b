// Where a gallery's pictures come from.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/limpid.hpp"

namespace limpid {

/// An 8-bit picture: height x width x 3, RGB.
struct Pixels {
  int height = 0;
  int width = 0;
  std::vector<std::uint8_t> rgb;
};

/// What a job left behind.
struct GalleryPicture {
  Pixels pixels;                  ///< Empty when the job failed.
  std::vector<double> objective;  ///< Value before each update, and after the last.
  std::string failure;            ///< One line; empty when all went well.
};

/// Pictures in a fixed order. Read one at a time, so that a gallery of any size takes little memory.
class PictureSource {
 public:
  virtual ~PictureSource() = default;
  virtual std::size_t size() const = 0;
  /// The job that made picture `index`.
  virtual const RenderOptions& options(std::size_t index) const = 0;
  /// The file of the weights it was made with; empty where that is not known.
  virtual std::string weights(std::size_t /*index*/) const { return {}; }
  virtual GalleryPicture read(std::size_t index) = 0;
};

}  // namespace limpid
