// JPEG by libjpeg, row by row.
#include <cerrno>
#include <csetjmp>
#include <cstddef>
#include <new>

// Needs the types of <cstddef> and <cstdio> before it.
#include <jpeglib.h>

#include "kernels/core/file_errors.h"
#include "tools/sheet/row_writer.h"

namespace limpid {
namespace {

struct JpegState {
  jpeg_compress_struct encoder{};
  jpeg_error_mgr errors{};
  std::jmp_buf escape{};
};

[[noreturn]] void leave_libjpeg(j_common_ptr encoder) {
  std::longjmp(static_cast<JpegState*>(encoder->client_data)->escape, 1);
}

void ignore_message(j_common_ptr) {}

// libjpeg leaves a function that fails by longjmp, which must not cross C++ objects: each call is therefore
// in a function of its own that has none and says whether it came back.

bool begin_jpeg(JpegState& state, std::FILE* file, PictureSize size) {
  if (setjmp(state.escape) != 0) return false;
  jpeg_compress_struct& encoder = state.encoder;
  jpeg_create_compress(&encoder);
  jpeg_stdio_dest(&encoder, file);
  encoder.image_width = static_cast<JDIMENSION>(size.width);
  encoder.image_height = static_cast<JDIMENSION>(size.height);
  encoder.input_components = 3;
  encoder.in_color_space = JCS_RGB;
  jpeg_set_defaults(&encoder);
  constexpr int quality = 90;
  jpeg_set_quality(&encoder, quality, TRUE);
  encoder.comp_info[0].h_samp_factor = 1;
  encoder.comp_info[0].v_samp_factor = 1;
  jpeg_start_compress(&encoder, TRUE);
  return true;
}

bool put_jpeg_row(JpegState& state, const std::uint8_t* row) {
  if (setjmp(state.escape) != 0) return false;
  // libjpeg does not write to what it is given; its interface is older than const.
  JSAMPROW rows[] = {const_cast<JSAMPROW>(row)};
  jpeg_write_scanlines(&state.encoder, rows, 1);
  return true;
}

bool end_jpeg(JpegState& state) {
  if (setjmp(state.escape) != 0) return false;
  jpeg_finish_compress(&state.encoder);
  return true;
}

class JpegWriter : public RowWriter {
 public:
  JpegWriter(std::FILE* file, std::string name, PictureSize size) : name_(std::move(name)) {
    state_.encoder.err = jpeg_std_error(&state_.errors);
    state_.encoder.client_data = &state_;
    state_.errors.error_exit = leave_libjpeg;
    state_.errors.output_message = ignore_message;
    errno = 0;
    if (!begin_jpeg(state_, file, size)) {
      const int reason = errno;
      jpeg_destroy_compress(&state_.encoder);
      fail(reason);
    }
  }
  JpegWriter(const JpegWriter&) = delete;
  JpegWriter& operator=(const JpegWriter&) = delete;
  ~JpegWriter() override { jpeg_destroy_compress(&state_.encoder); }

  void write_row(const std::uint8_t* row) override { require(put_jpeg_row(state_, row)); }
  void finish() override { require(end_jpeg(state_)); }

 private:
  void require(bool written) const {
    if (!written) fail(errno);
  }

  [[noreturn]] void fail(int reason) const {
    if (reason == 0 || reason == ENOMEM) throw std::bad_alloc();
    fail_write(name_, reason);
  }

  std::string name_;
  JpegState state_;
};

}  // namespace

std::unique_ptr<RowWriter> make_jpeg_writer(std::FILE* file, std::string name, PictureSize size) {
  return std::make_unique<JpegWriter>(file, std::move(name), size);
}

}  // namespace limpid
