// What a picture file says about how it was made.
#pragma once

#include <filesystem>
#include <string>

#include "tools/png.h"

namespace limpid {

/// The program's version, the command that makes the picture again, and the checksum of the weights' file. No times
/// and no names of outputs: equal pictures are equal files.
PictureTexts picture_texts(const std::string& command, const std::filesystem::path& weights);

}  // namespace limpid
