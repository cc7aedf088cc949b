#include "tools/png.h"

#include <stb/stb_image.h>
#include <stb/stb_image_write.h>

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/image/quantise.h"
#include "kernels/core/error.h"
#include "tools/picture_limits.h"

namespace limpid {
namespace {

struct StbFree {
  void operator()(void* pixels) const { stbi_image_free(pixels); }
};

/// Values 0..`top` to [0, 1].
template <class T>
Image to_image(const T* pixels, int height, int width, float top) {
  Image image{height, width,
              std::vector<float>(static_cast<std::size_t>(height) * static_cast<std::size_t>(width) * 3)};
  for (std::size_t i = 0; i < image.rgb.size(); ++i) image.rgb[i] = static_cast<float>(pixels[i]) / top;
  return image;
}

/// Throws Error{input} where the file is too short for its pixels, however well they compress: before they
/// are allocated. Bytes 24 and 25 of a PNG are the bits of a sample and the kind of colour.
void check_stored_size(std::string_view bytes, int height, int width, const std::string& origin) {
  constexpr std::uint64_t most_from_deflate = 1032;
  constexpr std::size_t depth_at = 24;
  constexpr std::size_t colour_at = 25;
  const unsigned colour = bytes.size() > colour_at ? static_cast<unsigned char>(bytes[colour_at]) : 0;
  const std::uint64_t channels = colour == 2 ? 3 : colour == 4 ? 2 : colour == 6 ? 4 : 1;
  const std::uint64_t depth = bytes.size() > colour_at ? static_cast<unsigned char>(bytes[depth_at]) : 0;
  const std::uint64_t row = (static_cast<std::uint64_t>(width) * channels * depth + 7) / 8 + 1;
  if (row * static_cast<std::uint64_t>(height) > most_from_deflate * bytes.size()) {
    fail_input("cannot read '{}' as PNG: its {} bytes are too few for {} x {} pixels", origin, bytes.size(),
               height, width);
  }
}

}  // namespace

bool is_png(std::string_view bytes) {
  return bytes.starts_with("\x89PNG\r\n\x1a\n");
}

Image decode_png(std::string_view bytes, const std::string& origin) {
  const auto fail = [&] { fail_input("cannot read '{}' as PNG: {}", origin, stbi_failure_reason()); };
  const auto* data = reinterpret_cast<const stbi_uc*>(bytes.data());
  const int size = static_cast<int>(bytes.size());
  int width = 0;
  int height = 0;
  int channels = 0;
  if (stbi_info_from_memory(data, size, &width, &height, &channels) == 0) fail();
  check_picture_size(height, width, origin);
  check_stored_size(bytes, height, width, origin);
  constexpr int rgb = 3;
  if (stbi_is_16_bit_from_memory(data, size) != 0) {
    const std::unique_ptr<stbi_us, StbFree> pixels(
        stbi_load_16_from_memory(data, size, &width, &height, &channels, rgb));
    if (!pixels) fail();
    return to_image(pixels.get(), height, width, 65535.0F);
  }
  const std::unique_ptr<stbi_uc, StbFree> pixels(
      stbi_load_from_memory(data, size, &width, &height, &channels, rgb));
  if (!pixels) fail();
  return to_image(pixels.get(), height, width, 255.0F);
}

std::string encode_png(const Image& image) {
  const int channels = image.alpha.empty() ? 3 : 4;
  const std::vector<std::uint8_t> pixels = channels == 3 ? quantise(image) : quantise_rgba(image);
  std::string bytes;
  const auto append = [](void* context, void* data, int size) {
    static_cast<std::string*>(context)->append(static_cast<const char*>(data),
                                               static_cast<std::size_t>(size));
  };
  if (stbi_write_png_to_func(append, &bytes, image.width, image.height, channels, pixels.data(),
                             image.width * channels) == 0) {
    fail_runtime("cannot encode a picture of {} x {} as PNG: out of memory", image.height, image.width);
  }
  return bytes;
}

}  // namespace limpid
