#include "engine/pictures/image_file.h"

#include <algorithm>
#include <string>
#include <string_view>

#include "engine/pictures/jpeg.h"
#include "engine/pictures/picture_limits.h"
#include "engine/pictures/png.h"
#include "engine/pictures/stb_picture.h"
#include "engine/pictures/webp.h"
#include "kernels/core/error.h"
#include "kernels/core/output_path.h"
#include "weights/file_bytes.h"

namespace limpid {
namespace {

enum class Format { png, jpeg, webp };

Format format_for(const std::filesystem::path& path) {
  const std::string extension = lower_extension(path);
  if (extension == ".png") return Format::png;
  if (extension == ".jpg" || extension == ".jpeg") return Format::jpeg;
  if (extension == ".webp") return Format::webp;
  fail_usage("cannot write '{}': the name of a picture must end in .png, .jpg or .webp", path.string());
}

/// What cameras and scanners write besides; empty for what is none of it.
std::string_view other_format(std::string_view bytes) {
  using namespace std::string_view_literals;
  const std::string_view brand = bytes.substr(std::min<std::size_t>(bytes.size(), 4), 8);
  for (const std::string_view heic : {"ftypheic", "ftypheix", "ftyphevc", "ftypmif1", "ftypmsf1"}) {
    if (brand == heic) return "HEIC";
  }
  if (brand == "ftypavif" || brand == "ftypavis") return "AVIF";
  if (bytes.starts_with("II*\0"sv) || bytes.starts_with("MM\0*"sv)) return "TIFF";
  if (bytes.starts_with("\xff\x0a") || bytes.starts_with("\0\0\0\x0cJXL "sv)) return "JPEG XL";
  return {};
}

}  // namespace

Image decode_image(std::string_view bytes, const std::string& origin, const PictureNotes& notes,
                   PictureColours colours) {
  if (is_png(bytes)) return decode_png(bytes, origin, notes, colours);
  if (is_jpeg(bytes)) return decode_jpeg(bytes, origin, notes, colours);
  if (is_webp(bytes)) return decode_webp(bytes, origin, notes, colours);
  if (!stb_format(bytes).empty()) return decode_stb(bytes, origin);
  if (const std::string_view format = other_format(bytes); !format.empty()) {
    fail_input("'{}' is {}, which is not read: save it as PNG or JPEG", origin, format);
  }
  fail_input("'{}' is no picture that is read: PNG, JPEG, WebP, BMP, GIF, PSD", origin);
}

Image read_image(const std::filesystem::path& path, const PictureNotes& notes, PictureColours colours) {
  check_picture_bytes(check_readable(path), path.string());
  const std::string bytes = read_bytes(path);
  return decode_image(bytes, path.string(), notes, colours);
}

Image read_png_with_alpha(const std::filesystem::path& path, const PictureNotes& notes) {
  check_picture_bytes(check_readable(path), path.string());
  const std::string bytes = read_bytes(path);
  if (!is_png(bytes)) fail_input("'{}' is no PNG, of which alone the alpha is read", path.string());
  return decode_png_with_alpha(bytes, path.string(), notes);
}

void check_image_output(const std::filesystem::path& path) {
  format_for(path);
  check_writable(path);
}

void check_image_size(const std::filesystem::path& path, std::int64_t height, std::int64_t width) {
  constexpr std::int64_t kMostJpeg = 65500;     // libjpeg's.
  constexpr std::int64_t kMostPng = 1'000'000;  // libpng reads no wider ones.
  const Format format = format_for(path);
  const std::int64_t most = format == Format::jpeg   ? kMostJpeg
                            : format == Format::webp ? kMostWebp
                                                     : kMostPng;
  if (width > most) {
    fail_usage("cannot write '{}': it would be {} pixels wide, at most {} fit", path.string(), width, most);
  }
  if (format == Format::png && height * width > kMostPngBytes / 3) {
    fail_usage("cannot write '{}': it would be {} x {} pixels, at most {} million fit", path.string(), height,
               width, kMostPngBytes / 3'000'000);
  }
}

bool holds_alpha(const std::filesystem::path& path) {
  return format_for(path) != Format::jpeg;
}

void write_image(const std::filesystem::path& path, const Image& image, const PictureTexts& texts) {
  switch (format_for(path)) {
    case Format::png:
      return write_atomically(path, encode_png(image, texts));
    case Format::jpeg:
      return write_atomically(path, encode_jpeg(image));
    case Format::webp:
      return write_atomically(path, encode_webp(image));
  }
}

}  // namespace limpid
