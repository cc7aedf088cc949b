#include "tools/image_file.h"

#include <algorithm>
#include <string>

#include "kernels/core/error.h"
#include "tools/jpeg.h"
#include "tools/output_file.h"
#include "tools/picture_limits.h"
#include "tools/png.h"
#include "weights/file_bytes.h"

namespace limpid {
namespace {

using Encoder = std::string (*)(const Image&);

Encoder encoder_for(const std::filesystem::path& path) {
  std::string extension = path.extension().string();
  std::transform(extension.begin(), extension.end(), extension.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; });
  if (extension == ".png") return encode_png;
  if (extension == ".jpg" || extension == ".jpeg") return encode_jpeg;
  fail_usage("cannot write '{}': the name of a picture must end in .png or .jpg", path.string());
}

}  // namespace

Image read_image(const std::filesystem::path& path) {
  if (const std::uint64_t size = check_readable(path); size > kMaxPictureBytes) {
    fail_input("'{}' has {} MiB; picture files of at most {} MiB can be read", path.string(), size >> 20U,
               kMaxPictureBytes >> 20U);
  }
  const std::string bytes = read_bytes(path);
  if (is_png(bytes)) return decode_png(bytes, path.string());
  if (is_jpeg(bytes)) return decode_jpeg(bytes, path.string());
  fail_input("'{}' is neither a PNG nor a JPEG picture", path.string());
}

void check_image_output(const std::filesystem::path& path) {
  encoder_for(path);
  check_writable(path);
}

void check_image_width(const std::filesystem::path& path, std::int64_t width) {
  constexpr std::int64_t kMostJpeg = 65500;     // libjpeg's.
  constexpr std::int64_t kMostPng = 1'000'000;  // libpng reads no wider ones.
  const std::int64_t most = encoder_for(path) == encode_jpeg ? kMostJpeg : kMostPng;
  if (width > most) {
    fail_usage("cannot write '{}': it would be {} pixels wide, at most {} fit", path.string(), width, most);
  }
}

void write_image(const std::filesystem::path& path, const Image& image) {
  write_atomically(path, encoder_for(path)(image));
}

}  // namespace limpid
