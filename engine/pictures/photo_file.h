// Files that a render starts from: photos, masks.
#pragma once

#include <filesystem>
#include <memory>

#include "engine/image/image.h"
#include "engine/pictures/picture_notes.h"

namespace limpid {

/// Reads a picture and takes its checksum. Throws Error{input} as `read_image` does.
std::shared_ptr<const Photo> read_photo(const std::filesystem::path& path, const PictureNotes& notes = {});

/// Reads a mask: the mean of a picture's three channels as they are stored, white (1) for what is frozen. Throws
/// Error{input} as `read_image` does.
std::shared_ptr<const Mask> read_mask(const std::filesystem::path& path, const PictureNotes& notes = {});

}  // namespace limpid
