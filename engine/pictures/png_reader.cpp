// Reading PNG by libpng, after every chunk's checksum was looked at.
#include <png.h>
#include <zlib.h>

#include <algorithm>
#include <bit>
#include <csetjmp>
#include <cstdint>
#include <cstring>
#include <new>
#include <span>
#include <string>
#include <vector>

#include "engine/pictures/colour_profile.h"
#include "engine/pictures/orientation.h"
#include "engine/pictures/picture_limits.h"
#include "engine/pictures/pixels.h"
#include "engine/pictures/png.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

constexpr std::string_view kSignature = "\x89PNG\r\n\x1a\n";

std::uint32_t from_big_endian(std::string_view bytes) {
  std::uint32_t value = 0;
  for (const char byte : bytes.substr(0, 4)) value = value << 8U | static_cast<unsigned char>(byte);
  return value;
}

/// What a file says of its pixels besides.
struct PngNotes {
  int orientation = 1;
  std::string_view profile = {};  ///< The content of its iCCP chunk.
};

/// Throws Error{input} for a chunk that is cut or whose checksum is not its own, and where none ends the file. libpng
/// looks at these checksums too, but names no place, and reads on where it can do without the chunk: transparency
/// among them.
PngNotes check_chunks(std::string_view bytes, const std::string& origin) {
  const auto fail = [&](const std::string& reason) {
    fail_input("cannot read '{}' as PNG: {}", origin, reason);
  };
  constexpr std::size_t frame = 12;  // Length, type and checksum.
  PngNotes result;
  std::size_t at = kSignature.size();
  while (true) {
    const std::string_view rest = bytes.substr(at);
    if (rest.size() < frame) fail("it ends before its IEND chunk");
    const std::string_view type = rest.substr(4, 4);
    const bool named =
        std::ranges::all_of(type, [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z'); });
    if (!named) fail(fmt::format("it is damaged at byte {}, where a chunk should begin", at));
    if (type == "CgBI")
      fail("it is one of Apple's own (CgBI), of other colours; save it as an ordinary PNG first");
    const std::size_t length = from_big_endian(rest);
    if (length > rest.size() - frame) fail(fmt::format("it ends within its chunk {} at byte {}", type, at));
    const std::string_view checked = rest.substr(4, 4 + length);
    const auto sum = static_cast<std::uint32_t>(
        crc32_z(0, reinterpret_cast<const Bytef*>(checked.data()), checked.size()));
    if (sum != from_big_endian(rest.substr(8 + length))) {
      fail(fmt::format("its chunk {} at byte {} is damaged: it has another checksum", type, at));
    }
    if (type == "eXIf") result.orientation = exif_orientation(checked.substr(4));
    if (type == "iCCP") result.profile = checked.substr(4);
    if (type == "IEND") return result;
    at += frame + length;
  }
}

/// A profile, or why there is none.
struct InflatedProfile {
  std::string bytes = {}, reason = {};
};

/// The profile that an iCCP chunk compresses, behind its name and a byte for the method.
InflatedProfile inflate_profile(std::string_view chunk) {
  const InflatedProfile damaged = {.reason = "it is damaged"};
  constexpr std::size_t longest_name = 79;
  constexpr std::size_t least_room = 4096, most_room = std::size_t{16} << 20U;
  const std::size_t name = chunk.substr(0, longest_name + 1).find('\0');
  if (name == chunk.npos || name + 2 > chunk.size() || chunk[name + 1] != 0) return damaged;
  chunk.remove_prefix(name + 2);
  InflatedProfile profile;
  std::size_t room = std::clamp(8 * chunk.size(), least_room, most_room);
  while (true) {
    profile.bytes.resize(room);
    uLongf size = room;
    const int status = uncompress(reinterpret_cast<Bytef*>(profile.bytes.data()), &size,
                                  reinterpret_cast<const Bytef*>(chunk.data()), chunk.size());
    if (status == Z_MEM_ERROR) throw std::bad_alloc();
    if (status != Z_OK && status != Z_BUF_ERROR) return damaged;
    profile.bytes.resize(size);
    if (status == Z_OK) return profile;
    if (room == most_room) return {.reason = fmt::format("it is larger than {} MiB", most_room >> 20U)};
    room = std::min(8 * room, most_room);
  }
}

/// Throws Error{input} where the file is too short for its pixels, however well they compress: before they
/// are allocated.
void check_stored_size(std::size_t file_size, std::uint64_t row_bytes, int height, int width,
                       const std::string& origin) {
  constexpr std::uint64_t most_from_deflate = 1032;
  if ((row_bytes + 1) * static_cast<std::uint64_t>(height) > most_from_deflate * file_size) {
    fail_input("cannot read '{}' as PNG: its {} bytes are too few for {} x {} pixels", origin, file_size,
               height, width);
  }
}

/// What is left of the file, and why libpng gave up.
struct PngSource {
  std::string_view rest;
  std::string reason = std::string(200, '\0');  // Room, so that nothing is allocated where libpng leaves.
};

[[noreturn]] void leave_libpng(png_structp png, png_const_charp reason) {
  auto& source = *static_cast<PngSource*>(png_get_error_ptr(png));
  source.reason.assign(reason, std::min(std::strlen(reason), source.reason.capacity()));
  png_longjmp(png, 1);
}

void ignore_warning(png_structp, png_const_charp) {}

void take(png_structp png, png_bytep to, std::size_t size) {
  auto& rest = static_cast<PngSource*>(png_get_io_ptr(png))->rest;
  if (size > rest.size()) png_error(png, "it is cut short");
  std::memcpy(to, rest.data(), size);
  rest.remove_prefix(size);
}

// libpng leaves a function that fails by longjmp, which must not cross C++ objects: each of these functions has none
// and says whether it came back.

bool read_png_header(png_structp png, png_infop info, PngSource* source) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_set_read_fn(png, source, take);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  // Neither text nor what was read with the checksums: of what may be left out, only transparency is part of the
  // pixels.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, nullptr, -1);
  png_read_info(png, info);
  return true;
}

bool set_form(png_structp png, png_infop info) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_set_expand(png);
  png_set_gray_to_rgb(png);
  if (std::endian::native == std::endian::little) png_set_swap(png);
  png_set_interlace_handling(png);
  png_read_update_info(png, info);
  return true;
}

bool read_png_rows(png_structp png, png_bytepp rows) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_read_image(png, rows);
  png_read_end(png, nullptr);
  return true;
}

class PngReader {
 public:
  PngReader(std::string_view bytes, const std::string& origin)
      : origin_(origin), source_{bytes}, size_(bytes.size()), png_(create(&source_)) {
    info_ = png_create_info_struct(png_);
    if (info_ == nullptr) {
      png_destroy_read_struct(&png_, nullptr, nullptr);
      throw std::bad_alloc();
    }
  }
  PngReader(const PngReader&) = delete;
  PngReader& operator=(const PngReader&) = delete;
  ~PngReader() { png_destroy_read_struct(&png_, &info_, nullptr); }

  /// `alpha`: whether the picture keeps it, or is seen on white.
  Image read(bool alpha, const PngNotes& said, const PictureNotes& notes) {
    require(read_png_header(png_, info_, &source_));
    const auto limited = [](png_uint_32 side) {
      return static_cast<int>(std::min<png_uint_32>(side, PNG_UINT_31_MAX));
    };
    const int height = limited(png_get_image_height(png_, info_));
    const int width = limited(png_get_image_width(png_, info_));
    check_picture_size(height, width, origin_);
    check_stored_size(size_, png_get_rowbytes(png_, info_), height, width, origin_);
    const bool gray = (png_get_color_type(png_, info_) & PNG_COLOR_MASK_COLOR) == 0;
    require(set_form(png_, info_));
    const std::size_t row = png_get_rowbytes(png_, info_);
    const std::size_t channels = png_get_channels(png_, info_);
    const bool wide = png_get_bit_depth(png_, info_) == 16;
    // Sixteen bits a sample, so that wide ones are aligned.
    std::vector<std::uint16_t> samples((row * static_cast<std::size_t>(height) + 1) / 2);
    auto* bytes = reinterpret_cast<png_bytep>(samples.data());
    std::vector<png_bytep> rows(static_cast<std::size_t>(height));
    for (std::size_t y = 0; y < rows.size(); ++y) rows[y] = bytes + y * row;
    require(read_png_rows(png_, rows.data()));
    if (said.profile.data() != nullptr) {
      const InflatedProfile profile = inflate_profile(said.profile);
      const auto applied_to = [&](auto pixels) {
        return profile.reason.empty() ? take_to_srgb(profile.bytes, pixels, channels, gray) : profile.reason;
      };
      note_profile(wide ? applied_to(std::span(samples)) : applied_to(std::span(bytes, row * rows.size())),
                   origin_, notes);
    }
    if (wide) return image_of<std::uint16_t>(samples.data(), height, width, channels, 65535, alpha);
    return image_of<std::uint8_t>(bytes, height, width, channels, 255, alpha);
  }

 private:
  static png_structp create(PngSource* source) {
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, source, leave_libpng, ignore_warning);
    if (png == nullptr) throw std::bad_alloc();
    return png;
  }

  template <class T>
  static Image image_of(const T* samples, int height, int width, std::size_t channels, T top, bool alpha) {
    return alpha ? straight_image(samples, height, width, channels, top)
                 : opaque_image(samples, height, width, channels, top);
  }

  void require(bool done) const {
    if (!done) fail_input("cannot read '{}' as PNG: {}", origin_, source_.reason);
  }

  const std::string& origin_;
  PngSource source_;
  std::size_t size_;
  png_structp png_;
  png_infop info_ = nullptr;
};

}  // namespace

bool is_png(std::string_view bytes) {
  return bytes.starts_with(kSignature);
}

Image decode_png(std::string_view bytes, const std::string& origin, const PictureNotes& notes,
                 PictureColours colours) {
  PngNotes said = check_chunks(bytes, origin);
  if (colours == PictureColours::stored) said.profile = {};
  return upright(PngReader(bytes, origin).read(false, said, notes), said.orientation);
}

Image decode_png_with_alpha(std::string_view bytes, const std::string& origin, const PictureNotes& notes) {
  const PngNotes said = check_chunks(bytes, origin);
  return upright(PngReader(bytes, origin).read(true, said, notes), said.orientation);
}

}  // namespace limpid
