#include "tools/picture_texts.h"

#include "engine/limpid.hpp"

namespace limpid {

PictureTexts picture_texts(const std::string& command, const Model& model) {
  PictureTexts texts = {{"Software", "limpid " + version()}, {"Command", command}};
  if (!model.provenance.sha256.empty()) texts.emplace_back("Weights SHA-256", model.provenance.sha256);
  return texts;
}

}  // namespace limpid
