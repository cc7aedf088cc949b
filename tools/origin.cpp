#include "tools/origin.h"

#include "engine/limpid.hpp"
#include "weights/sha256.h"

namespace limpid {

PictureTexts picture_origin(const std::string& command, const std::filesystem::path& weights) {
  return {{"Software", "limpid " + version()},
          {kCommandText, command},
          {"Weights SHA-256", sha256_of_file(weights)}};
}

std::string about_picture(const PictureTexts& origin) {
  std::string text;
  for (const auto& [name, value] : origin) text += (text.empty() ? "" : "; ") + name + ": " + value;
  return text;
}

void add_origin(ResultFile& file, const std::string& command, const std::filesystem::path& weights) {
  file.attribute("version", version());
  file.attribute("command", command);
  file.attribute("weights_sha256", sha256_of_file(weights));
}

}  // namespace limpid
