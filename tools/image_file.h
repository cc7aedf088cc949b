// Pictures in files.
#pragma once

#include <cstdint>
#include <filesystem>

#include "engine/limpid.hpp"

namespace limpid {

/// Reads a PNG or JPEG file, recognised by content, as RGB in [0, 1] (see `decode_png`, `decode_jpeg`).
/// Throws Error{input} naming the file and the reason: missing, empty, not a picture, damaged, too large.
Image read_image(const std::filesystem::path& path);

/// Throws Error{usage} unless `write_image` could write there: the extension and the folder are checked.
void check_image_output(const std::filesystem::path& path);

/// Throws Error{usage} where a picture so wide does not fit the format that the extension names.
void check_image_width(const std::filesystem::path& path, std::int64_t width);

/// Writes PNG or JPEG by the extension (.png, .jpg, .jpeg): the whole file or nothing. Throws Error{usage}
/// for another extension or a place that cannot be written.
void write_image(const std::filesystem::path& path, const Image& image);

}  // namespace limpid
