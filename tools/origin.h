// What results say about how they were made. No times and no names of outputs: equal results are equal files.
#pragma once

#include <filesystem>
#include <string>

#include "engine/pictures/png.h"
#include "tools/result_file.h"

namespace limpid {

/// The name of the command among the texts.
inline constexpr const char* kCommandText = "Command";

/// The program's version, the command that makes the picture again, and the checksum of the weights' file.
PictureTexts picture_origin(const std::string& command, const std::filesystem::path& weights);

/// The same in a line, for formats that have one text: "Software: limpid 1.0; Command: ...".
std::string about_picture(const PictureTexts& origin);

/// The same as attributes `version`, `command` and `weights_sha256`.
void add_origin(ResultFile& file, const std::string& command, const std::filesystem::path& weights);

}  // namespace limpid
