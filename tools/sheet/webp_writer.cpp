// WebP by libwebp, which takes the whole picture at once: the rows are collected in its own buffer.
#include <webp/encode.h>

#include <cerrno>
#include <new>

#include "kernels/core/error.h"
#include "kernels/core/file_errors.h"
#include "tools/sheet/row_writer.h"

namespace limpid {
namespace {

int append(const std::uint8_t* data, std::size_t size, const WebPPicture* picture) {
  return std::fwrite(data, 1, size, static_cast<std::FILE*>(picture->custom_ptr)) == size ? 1 : 0;
}

class WebpWriter : public RowWriter {
 public:
  WebpWriter(std::FILE* file, std::string name, PictureSize size) : name_(std::move(name)) {
    if (WebPPictureInit(&picture_) == 0) fail_runtime("libwebp is not of the version limpid was built with");
    picture_.use_argb = 1;
    picture_.width = size.width;
    picture_.height = size.height;
    picture_.writer = append;
    picture_.custom_ptr = file;
    if (WebPPictureAlloc(&picture_) == 0) throw std::bad_alloc();
  }
  WebpWriter(const WebpWriter&) = delete;
  WebpWriter& operator=(const WebpWriter&) = delete;
  ~WebpWriter() override { WebPPictureFree(&picture_); }

  void write_row(const std::uint8_t* row) override {
    std::uint32_t* argb = picture_.argb + std::ptrdiff_t{row_++} * picture_.argb_stride;
    for (int x = 0; x < picture_.width; ++x, row += 3) {
      argb[x] = 0xFF000000U | std::uint32_t{row[0]} << 16U | std::uint32_t{row[1]} << 8U | row[2];
    }
  }

  void finish() override {
    WebPConfig config;
    constexpr float quality = 90;
    if (WebPConfigPreset(&config, WEBP_PRESET_DEFAULT, quality) == 0) {
      fail_runtime("libwebp is not of the version limpid was built with");
    }
    // Less search than by default: a sheet is many megapixels.
    config.method = 2;
    errno = 0;
    if (WebPEncode(&config, &picture_) != 0) return;
    const int reason = errno;
    if (picture_.error_code == VP8_ENC_ERROR_BAD_WRITE && reason != 0) {
      fail_write(name_, reason);
    }
    if (picture_.error_code == VP8_ENC_ERROR_OUT_OF_MEMORY ||
        picture_.error_code == VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY) {
      throw std::bad_alloc();
    }
    fail_runtime("cannot encode '{}' as WebP: libwebp's error {}", name_,
                 static_cast<int>(picture_.error_code));
  }

 private:
  std::string name_;
  WebPPicture picture_{};
  int row_ = 0;
};

}  // namespace

std::unique_ptr<RowWriter> make_webp_writer(std::FILE* file, std::string name, PictureSize size) {
  return std::make_unique<WebpWriter>(file, std::move(name), size);
}

}  // namespace limpid
