// Pictures in files.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <string_view>

#include "engine/image/image.h"
#include "engine/pictures/picture_colours.h"
#include "engine/pictures/picture_notes.h"
#include "engine/pictures/png.h"

namespace limpid {

/// What `read_image` takes, for help.
inline constexpr const char* kPhotoFiles =
    "PNG, JPEG, WebP, BMP, GIF or PSD; upright as EXIF says, on white where it is transparent";

/// Raised where files come out of `read_image` as other values than before. 2: colour profiles are applied.
inline constexpr int kPictureReading = 2;

/// Reads a PNG, JPEG, WebP, BMP, GIF or PSD file, recognised by content, as RGB in [0, 1] (see `decode_png`,
/// `decode_jpeg`, `decode_webp`, `decode_stb`): upright, on white where it is transparent; `colours` are those of sRGB
/// where a PNG, JPEG or WebP has a colour profile.
/// Throws Error{input} naming the file and the reason: missing, empty, not a picture, damaged, too large.
Image read_image(const std::filesystem::path& path, const PictureNotes& notes = {},
                 PictureColours colours = PictureColours::srgb);

/// The same of a file's bytes; `origin` is its name, for errors.
Image decode_image(std::string_view bytes, const std::string& origin, const PictureNotes& notes = {},
                   PictureColours colours = PictureColours::srgb);

/// A PNG file with its alpha, which is empty where it has none; colours are straight (`over_white` of it is what
/// `read_image` gives). Throws Error{input} as `read_image` does, and for another format.
Image read_png_with_alpha(const std::filesystem::path& path, const PictureNotes& notes = {});

/// Throws Error{usage} unless `write_image` could write there: the extension and the folder are checked.
void check_image_output(const std::filesystem::path& path);

/// Throws Error{usage} where an RGB picture so large does not fit the format that the extension names.
void check_image_size(const std::filesystem::path& path, std::int64_t height, std::int64_t width);

/// Whether the format that the extension names has an alpha. Throws Error{usage} for another extension.
bool holds_alpha(const std::filesystem::path& path);

/// Writes PNG (with `texts`), JPEG or WebP by the extension (.png, .jpg, .jpeg, .webp): the whole file or nothing. Throws Error{usage}
/// for another extension, and as `fail_write` does.
void write_image(const std::filesystem::path& path, const Image& image, const PictureTexts& texts = {});

}  // namespace limpid
