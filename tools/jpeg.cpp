#include "tools/jpeg.h"

#include <turbojpeg.h>

#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#include "engine/image/over_white.h"
#include "engine/image/quantise.h"
#include "kernels/core/error.h"
#include "tools/picture_limits.h"

namespace limpid {
namespace {

struct TurboDestroy {
  void operator()(void* handle) const { tjDestroy(handle); }
};
using TurboHandle = std::unique_ptr<void, TurboDestroy>;

struct TurboFree {
  void operator()(unsigned char* bytes) const { tjFree(bytes); }
};

TurboHandle checked(tjhandle handle) {
  if (handle == nullptr) throw std::bad_alloc();
  return TurboHandle(handle);
}

Image from_rgb(const std::vector<std::uint8_t>& pixels, int height, int width) {
  Image image{height, width, std::vector<float>(pixels.size())};
  for (std::size_t i = 0; i < pixels.size(); ++i) image.rgb[i] = static_cast<float>(pixels[i]) / 255.0F;
  return image;
}

/// Inverted ink: the fraction of light each ink lets through, so that they multiply.
Image from_cmyk(const std::vector<std::uint8_t>& pixels, int height, int width) {
  Image image{height, width, std::vector<float>(pixels.size() / 4 * 3)};
  for (std::size_t p = 0; p < pixels.size() / 4; ++p) {
    const float black = static_cast<float>(pixels[4 * p + 3]) / 255.0F;
    for (std::size_t c = 0; c < 3; ++c) {
      image.rgb[3 * p + c] = static_cast<float>(pixels[4 * p + c]) / 255.0F * black;
    }
  }
  return image;
}

}  // namespace

bool is_jpeg(std::string_view bytes) {
  return bytes.starts_with("\xff\xd8\xff");
}

Image decode_jpeg(std::string_view bytes, const std::string& origin) {
  const TurboHandle decoder = checked(tjInitDecompress());
  const auto fail = [&] {
    fail_input("cannot read '{}' as JPEG: {}", origin, tjGetErrorStr2(decoder.get()));
  };
  const auto* data = reinterpret_cast<const unsigned char*>(bytes.data());
  const auto size = static_cast<unsigned long>(bytes.size());
  int width = 0;
  int height = 0;
  int subsampling = 0;
  int colour_space = 0;
  if (tjDecompressHeader3(decoder.get(), data, size, &width, &height, &subsampling, &colour_space) != 0)
    fail();
  check_picture_size(height, width, origin);

  const bool inks = colour_space == TJCS_CMYK || colour_space == TJCS_YCCK;
  const int format = inks ? TJPF_CMYK : TJPF_RGB;
  const std::size_t channels = inks ? 4 : 3;
  std::vector<std::uint8_t> pixels(channels * static_cast<std::size_t>(width) *
                                   static_cast<std::size_t>(height));
  if (tjDecompress2(decoder.get(), data, size, pixels.data(), width, 0, height, format,
                    TJFLAG_ACCURATEDCT | TJFLAG_STOPONWARNING) != 0) {
    fail();
  }
  return inks ? from_cmyk(pixels, height, width) : from_rgb(pixels, height, width);
}

std::string encode_jpeg(const Image& image) {
  constexpr int quality = 95;
  const TurboHandle encoder = checked(tjInitCompress());
  const std::vector<std::uint8_t> pixels = quantise(over_white(image));
  unsigned char* data = nullptr;
  unsigned long size = 0;
  const int status = tjCompress2(encoder.get(), pixels.data(), image.width, 0, image.height, TJPF_RGB, &data,
                                 &size, TJSAMP_444, quality, TJFLAG_ACCURATEDCT);
  const std::unique_ptr<unsigned char, TurboFree> owner(data);
  if (status != 0) {
    fail_runtime("cannot encode a picture of {} x {} as JPEG: {}", image.height, image.width,
                 tjGetErrorStr2(encoder.get()));
  }
  return {reinterpret_cast<const char*>(data), size};
}

}  // namespace limpid
