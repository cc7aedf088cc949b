// Pictures written row by row: a sheet is larger than what one wants in memory.
#pragma once

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <memory>
#include <string>
#include <string_view>

#include "tools/sheet/resample.h"

namespace limpid {

enum class PictureFormat { png, jpeg, webp };

/// By the extension, in any case: .png, .jpg, .jpeg, .webp. Throws Error{usage} for others.
PictureFormat picture_format(const std::filesystem::path& path);

/// "png", "jpg", "webp".
std::string_view extension_of(PictureFormat format);

/// The largest sheet written in one picture: what viewers open.
inline constexpr int kMaxSheetSide = 16384;

/// WebP's encoder holds the whole picture, with its own state about 15 bytes a pixel.
inline constexpr std::int64_t kMaxWebpPixels = 50'000'000;

/// Throws Error{usage} for a picture the format cannot hold, saying what can.
void check_sheet_size(PictureFormat format, PictureSize size);

/// Takes the rows of one picture from top to bottom.
class RowWriter {
 public:
  virtual ~RowWriter() = default;

  /// The next row: width x 3 values. Throws as `fail_write` does where it cannot be written.
  virtual void write_row(const std::uint8_t* row) = 0;

  /// Called once, after the last row. Throws as `write_row` does.
  virtual void finish() = 0;
};

/// Encodes into `file`, which stays the caller's. `name` is the file's, for errors. JPEG has quality 90
/// without chroma subsampling, WebP quality 90, PNG loses nothing. Throws std::bad_alloc.
std::unique_ptr<RowWriter> make_row_writer(PictureFormat format, std::FILE* file, std::string name,
                                           PictureSize size);

std::unique_ptr<RowWriter> make_png_writer(std::FILE* file, std::string name, PictureSize size);
std::unique_ptr<RowWriter> make_jpeg_writer(std::FILE* file, std::string name, PictureSize size);
std::unique_ptr<RowWriter> make_webp_writer(std::FILE* file, std::string name, PictureSize size);

}  // namespace limpid
