// What a picture file says about how it was made.
#pragma once

#include <string>

#include "tools/png.h"
#include "weights/model.h"

namespace limpid {

/// The program's version, the command that makes the picture again, and the checksum of the weights' source. No times
/// and no names of outputs: equal pictures are equal files.
PictureTexts picture_texts(const std::string& command, const Model& model);

}  // namespace limpid
