// Animated WebP by libwebp, which keeps compressed frames until the end.
#include <webp/encode.h>
#include <webp/mux.h>

#include <cmath>
#include <new>
#include <span>
#include <string>

#include "kernels/core/error.h"
#include "tools/animation/animation.h"
#include "weights/file_bytes.h"

namespace limpid {
namespace {

constexpr float kQuality = 90;

[[noreturn]] void fail_version() {
  fail_runtime("libwebp is not of the version limpid was built with");
}

/// Frames, and the bytes of the file that they make. `name` is that of the file in messages.
class WebpEncoder {
 public:
  WebpEncoder(std::string name, const FrameShape& shape) : name_(std::move(name)), shape_(shape) {
    WebPAnimEncoderOptions options;
    if (WebPAnimEncoderOptionsInit(&options) == 0 ||
        WebPConfigPreset(&config_, WEBP_PRESET_DEFAULT, kQuality) == 0) {
      fail_version();
    }
    encoder_.reset(WebPAnimEncoderNew(shape.width, shape.height, &options));
    if (!encoder_) throw std::bad_alloc();
  }

  void add(const std::uint8_t* rgb) {
    Frame frame(shape_, rgb);
    if (WebPAnimEncoderAdd(encoder_.get(), &frame.picture, next_time(), &config_) == 0) fail();
  }

  std::string finish() {
    Bytes bytes;
    // An empty frame says how long the last one is shown.
    if (WebPAnimEncoderAdd(encoder_.get(), nullptr, next_time(), nullptr) == 0 ||
        WebPAnimEncoderAssemble(encoder_.get(), &bytes.data) == 0) {
      fail();
    }
    return {reinterpret_cast<const char*>(bytes.data.bytes), bytes.data.size};
  }

 private:
  struct Frame {
    Frame(const FrameShape& shape, const std::uint8_t* rgb) {
      if (WebPPictureInit(&picture) == 0) fail_version();
      picture.use_argb = 1;
      picture.width = shape.width;
      picture.height = shape.height;
      if (WebPPictureImportRGB(&picture, rgb, 3 * shape.width) == 0) throw std::bad_alloc();
    }
    Frame(const Frame&) = delete;
    Frame& operator=(const Frame&) = delete;
    ~Frame() { WebPPictureFree(&picture); }

    WebPPicture picture{};
  };

  struct Bytes {
    Bytes() { WebPDataInit(&data); }
    Bytes(const Bytes&) = delete;
    Bytes& operator=(const Bytes&) = delete;
    ~Bytes() { WebPDataClear(&data); }

    WebPData data{};
  };

  struct Delete {
    void operator()(WebPAnimEncoder* encoder) const { WebPAnimEncoderDelete(encoder); }
  };

  /// Milliseconds from the start, rounded frame by frame so that errors do not add up.
  int next_time() { return static_cast<int>(std::lround(1000.0 * frames_++ / shape_.per_second)); }

  [[noreturn]] void fail() {
    fail_runtime("cannot encode '{}': {}", name_, WebPAnimEncoderGetError(encoder_.get()));
  }

  std::string name_;
  FrameShape shape_;
  WebPConfig config_{};
  std::unique_ptr<WebPAnimEncoder, Delete> encoder_;
  int frames_ = 0;
};

class WebpAnimation final : public Animation {
 public:
  WebpAnimation(std::filesystem::path path, const FrameShape& shape)
      : path_(std::move(path)), encoder_(path_.string(), shape) {}

  void add(const std::uint8_t* rgb) override { encoder_.add(rgb); }
  void finish() override { write_atomically(path_, encoder_.finish()); }

 private:
  std::filesystem::path path_;
  WebpEncoder encoder_;
};

}  // namespace

std::unique_ptr<Animation> make_webp_animation(const std::filesystem::path& path, const FrameShape& shape) {
  return std::make_unique<WebpAnimation>(path, shape);
}

std::string encode_webp_animation(const FrameShape& shape,
                                  std::span<const std::vector<std::uint8_t>> frames) {
  WebpEncoder encoder("an animation", shape);
  for (const std::vector<std::uint8_t>& rgb : frames) encoder.add(rgb.data());
  return encoder.finish();
}

}  // namespace limpid
