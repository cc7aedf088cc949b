#include "engine/pictures/stb_picture.h"

#include <stb/stb_image.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>

#include "engine/pictures/picture_limits.h"
#include "engine/pictures/pixels.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

/// A file in memory, which knows whether more was read of it than there is: stb_image takes zeros for what is missing.
class StbSource {
 public:
  explicit StbSource(std::string_view bytes) : rest_(bytes) {}

  bool cut() const { return cut_; }

  static const stbi_io_callbacks* callbacks() {
    static constexpr stbi_io_callbacks kCallbacks = {read, skip, at_end};
    return &kCallbacks;
  }

 private:
  static int read(void* self, char* to, int size) {
    return static_cast<StbSource*>(self)->read(to, static_cast<std::size_t>(size));
  }
  static void skip(void* self, int count) { static_cast<StbSource*>(self)->skip(count); }
  static int at_end(void* self) { return static_cast<StbSource*>(self)->rest_.empty() ? 1 : 0; }

  int read(char* to, std::size_t size) {
    // What is read first, and again when all of it was taken, is stb_image's own window, which it fills as far as
    // may be. Into other places it reads what it needs.
    if (window_ == nullptr) window_ = to;
    const std::size_t count = std::min(size, rest_.size());
    cut_ |= to == window_ ? count == 0 : count < size;
    std::memcpy(to, rest_.data(), count);
    std::memset(to + count, 0, size - count);
    rest_.remove_prefix(count);
    return static_cast<int>(count);
  }

  void skip(int count) {
    const auto forward = static_cast<std::size_t>(std::max(count, 0));
    cut_ |= count < 0 || forward > rest_.size();
    rest_.remove_prefix(std::min(forward, rest_.size()));
  }

  std::string_view rest_;
  const char* window_ = nullptr;
  bool cut_ = false;
};

struct StbFree {
  void operator()(void* pixels) const { stbi_image_free(pixels); }
};

}  // namespace

std::string_view stb_format(std::string_view bytes) {
  // Two letters are no signature: a bitmap says after 14 bytes how long its header is.
  if (bytes.starts_with("BM") && bytes.size() > 17 && bytes.substr(15, 3) == std::string_view("\0\0\0", 3))
    return "BMP";
  if (bytes.starts_with("GIF87a") || bytes.starts_with("GIF89a")) return "GIF";
  if (bytes.starts_with("8BPS")) return "PSD";
  return {};
}

Image decode_stb(std::string_view bytes, const std::string& origin) {
  const std::string_view format = stb_format(bytes);
  const auto fail = [&](const StbSource& source) {
    fail_input("cannot read '{}' as {}: {}", origin, format,
               source.cut() ? "it is cut short" : stbi_failure_reason());
  };
  constexpr std::size_t depth_at = 22;
  if (format == "PSD" && bytes.substr(0, depth_at + 2).ends_with('\x10')) {
    // Compressed ones would be read as if they had eight.
    fail_input("'{}' is a PSD of 16 bits: save it with 8, or as PNG", origin);
  }
  int width = 0, height = 0, stored = 0;
  StbSource header(bytes);
  if (stbi_info_from_callbacks(StbSource::callbacks(), &header, &width, &height, &stored) == 0) fail(header);
  check_picture_size(height, width, origin);
  const int channels = stored == 2 || stored == 4 ? 4 : 3;
  StbSource source(bytes);
  const std::unique_ptr<stbi_uc, StbFree> pixels(
      stbi_load_from_callbacks(StbSource::callbacks(), &source, &width, &height, &stored, channels));
  if (pixels == nullptr || source.cut()) fail(source);
  return opaque_image<std::uint8_t>(pixels.get(), height, width, static_cast<std::size_t>(channels), 255);
}

}  // namespace limpid
