// PNG by libpng, row by row.
#include <png.h>

#include <cerrno>
#include <csetjmp>
#include <new>

#include "kernels/core/file_errors.h"
#include "tools/sheet/row_writer.h"

namespace limpid {
namespace {

// libpng leaves a function that fails by longjmp, which must not cross C++ objects: each call is therefore in
// a function of its own that has none and says whether it came back.

bool begin_png(png_structp png, png_infop info, std::FILE* file, PictureSize size) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_init_io(png, file);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  png_set_IHDR(png, info, static_cast<png_uint_32>(size.width), static_cast<png_uint_32>(size.height), 8,
               PNG_COLOR_TYPE_RGB, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT, PNG_FILTER_TYPE_DEFAULT);
  png_set_sRGB(png, info, PNG_sRGB_INTENT_PERCEPTUAL);
  // Rendered tiles are close to noise: higher levels take several times as long for a few per cent.
  png_set_compression_level(png, 3);
  png_set_filter(png, PNG_FILTER_TYPE_BASE, PNG_FILTER_SUB | PNG_FILTER_UP | PNG_FILTER_PAETH);
  png_write_info(png, info);
  return true;
}

bool put_png_row(png_structp png, const std::uint8_t* row) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_write_row(png, row);
  return true;
}

bool end_png(png_structp png, png_infop info) {
  if (setjmp(png_jmpbuf(png)) != 0) return false;
  png_write_end(png, info);
  return true;
}

[[noreturn]] void leave_libpng(png_structp png, png_const_charp) {
  png_longjmp(png, 1);
}

void ignore_warning(png_structp, png_const_charp) {}

class PngWriter : public RowWriter {
 public:
  PngWriter(std::FILE* file, std::string name, PictureSize size)
      : name_(std::move(name)),
        png_(png_create_write_struct(PNG_LIBPNG_VER_STRING, nullptr, leave_libpng, ignore_warning)) {
    if (png_ == nullptr) throw std::bad_alloc();
    info_ = png_create_info_struct(png_);
    errno = 0;
    if (info_ == nullptr || !begin_png(png_, info_, file, size)) {
      const int reason = errno;
      png_destroy_write_struct(&png_, &info_);
      fail(reason);
    }
  }
  PngWriter(const PngWriter&) = delete;
  PngWriter& operator=(const PngWriter&) = delete;
  ~PngWriter() override { png_destroy_write_struct(&png_, &info_); }

  void write_row(const std::uint8_t* row) override { require(put_png_row(png_, row)); }
  void finish() override { require(end_png(png_, info_)); }

 private:
  void require(bool written) const {
    if (!written) fail(errno);
  }

  [[noreturn]] void fail(int reason) const {
    if (reason == 0 || reason == ENOMEM) throw std::bad_alloc();
    fail_write(name_, reason);
  }

  std::string name_;
  png_structp png_;
  png_infop info_ = nullptr;
};

}  // namespace

std::unique_ptr<RowWriter> make_png_writer(std::FILE* file, std::string name, PictureSize size) {
  return std::make_unique<PngWriter>(file, std::move(name), size);
}

}  // namespace limpid
