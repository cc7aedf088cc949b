// What a gallery says of itself.
#pragma once

#include <string>

namespace limpid {

/// What the page says of all its pictures together.
struct GalleryText {
  std::string title;
  std::string about;  ///< One line: weights, device, program.
};

}  // namespace limpid
