// Writing PNG by stb_image_write.
#include "engine/pictures/png.h"

#include <stb/stb_image_write.h>
#include <zlib.h>

#include <algorithm>
#include <cstdint>
#include <vector>

#include "engine/image/quantise.h"
#include "kernels/core/error.h"
#include "weights/utf8.h"

namespace limpid {
namespace {

std::string big_endian(std::size_t value) {
  std::string bytes;
  for (const unsigned shift : {24U, 16U, 8U, 0U}) bytes += static_cast<char>(value >> shift & 0xffU);
  return bytes;
}

std::string chunk(std::string_view type, const std::string& data) {
  const std::string checked = std::string(type) + data;
  const auto sum = crc32_z(0, reinterpret_cast<const Bytef*>(checked.data()), checked.size());
  return big_endian(data.size()) + checked + big_endian(sum);
}

std::string text_chunk(const std::string& keyword, const std::string& value) {
  using namespace std::string_literals;
  std::string text;
  for (const char32_t code : from_utf8(value)) append_utf8(text, code < U' ' ? U' ' : code);
  const bool ascii = std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~'; });
  if (ascii) return chunk("tEXt", keyword + "\0"s + text);
  // Not compressed, of no language.
  return chunk("iTXt", keyword + "\0\0\0\0\0"s + text);
}

}  // namespace

std::string encode_png(const Image& image, const PictureTexts& texts) {
  const int channels = image.alpha.empty() ? 3 : 4;
  if (std::int64_t{image.height} * image.width * channels > kMostPngBytes) {
    fail_usage("cannot encode a picture of {} x {} as PNG: at most {} million pixels fit", image.height,
               image.width, kMostPngBytes / channels / 1'000'000);
  }
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
  constexpr std::size_t after_header = 8 + 25;
  std::string said;
  for (const auto& [keyword, text] : texts) said += text_chunk(keyword, text);
  return bytes.insert(after_header, said);
}

}  // namespace limpid
