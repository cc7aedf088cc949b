#include "tools/picture_texts.h"

#include "engine/limpid.hpp"
#include "weights/sha256.h"

namespace limpid {

PictureTexts picture_texts(const std::string& command, const std::filesystem::path& weights) {
  return {{"Software", "limpid " + version()},
          {"Command", command},
          {"Weights SHA-256", sha256_of_file(weights)}};
}

}  // namespace limpid
