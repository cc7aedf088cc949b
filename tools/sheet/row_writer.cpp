#include "tools/sheet/row_writer.h"

#include <algorithm>

#include "kernels/core/error.h"

namespace limpid {

PictureFormat picture_format(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (extension == ".png") return PictureFormat::png;
  if (extension == ".jpg" || extension == ".jpeg") return PictureFormat::jpeg;
  if (extension == ".webp") return PictureFormat::webp;
  fail_usage("cannot write '{}': the name of a sheet must end in .png, .jpg or .webp", path.string());
}

std::string_view extension_of(PictureFormat format) {
  switch (format) {
    case PictureFormat::png:
      return "png";
    case PictureFormat::jpeg:
      return "jpg";
    case PictureFormat::webp:
      return "webp";
  }
  return "";
}

void check_sheet_size(PictureFormat format, PictureSize size) {
  // One less than the others': WebP stores sides in 14 bits.
  const int side = format == PictureFormat::webp ? kMaxSheetSide - 1 : kMaxSheetSide;
  constexpr const char* advice = "take smaller tiles (--tile), or a pyramid of any size (--deepzoom FOLDER)";
  if (size.height > side || size.width > side) {
    fail_usage("the sheet would be {} x {} pixels; one .{} picture holds {} on a side: {}", size.height,
               size.width, extension_of(format), side, advice);
  }
  if (format == PictureFormat::webp && std::int64_t{size.height} * size.width > kMaxWebpPixels) {
    fail_usage("the sheet would be {} x {} pixels; one .webp picture holds {} million: take .png, {}",
               size.height, size.width, kMaxWebpPixels / 1'000'000, advice);
  }
}

std::unique_ptr<RowWriter> make_row_writer(PictureFormat format, std::FILE* file, std::string name,
                                           PictureSize size) {
  switch (format) {
    case PictureFormat::png:
      return make_png_writer(file, std::move(name), size);
    case PictureFormat::jpeg:
      return make_jpeg_writer(file, std::move(name), size);
    case PictureFormat::webp:
      return make_webp_writer(file, std::move(name), size);
  }
  return nullptr;
}

}  // namespace limpid
