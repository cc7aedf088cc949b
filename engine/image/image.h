// Pictures, photos and masks.
#pragma once

#include <string>
#include <vector>

namespace limpid {

/// height x width x 3, RGB, values in [0, 1]; straight, not multiplied by alpha.
struct Image {
  int height = 0;
  int width = 0;
  std::vector<float> rgb;
  std::vector<float> alpha = {};  ///< height x width, in [0, 1]: 1 is opaque. Empty for a picture without.
};

/// A picture from a file, and what records know it by.
struct Photo {
  std::string file;
  std::string sha256;  ///< Of the file's bytes, hexadecimal.
  Image image;
};

/// Which pixels of a picture are frozen, and how much.
struct Mask {
  std::string file;
  std::string sha256;  ///< Of the file's bytes, hexadecimal.
  int height = 0, width = 0;
  std::vector<float> values;  ///< height x width, in [0, 1]: 1 is frozen, 0 free.
};

}  // namespace limpid
