// Writing JPEG by libturbojpeg.
#include "engine/pictures/jpeg.h"

#include <turbojpeg.h>

#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#include "engine/image/over_white.h"
#include "engine/image/quantise.h"
#include "kernels/core/error.h"

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

}  // namespace

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
