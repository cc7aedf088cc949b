// Reading JPEG by libjpeg: what it warns about is told apart from what is missing.
#include <csetjmp>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <new>
#include <span>
#include <string>
#include <vector>

// Needs the types of <cstddef> and <cstdio> before it.
#include <jpeglib.h>

// Needs those of jpeglib.h.
#include <jerror.h>

#include "engine/pictures/colour_profile.h"
#include "engine/pictures/jpeg.h"
#include "engine/pictures/orientation.h"
#include "engine/pictures/picture_limits.h"
#include "engine/pictures/pixels.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

/// A picture takes ten or so; each is a pass over all of it, which a small file can ask for without end.
constexpr int kMostScans = 500;

struct JpegDecoder {
  jpeg_decompress_struct jpeg{};
  jpeg_error_mgr errors{};
  jpeg_progress_mgr progress{};
  std::jmp_buf escape{};
  char reason[JMSG_LENGTH_MAX] = {};   ///< Why it cannot be decoded, or what of it is missing.
  char warning[JMSG_LENGTH_MAX] = {};  ///< The first of the others.
  bool ended = false;                  ///< Before its end marker.
};

JpegDecoder& decoder_of(j_common_ptr jpeg) {
  return *static_cast<JpegDecoder*>(jpeg->client_data);
}

[[noreturn]] void leave_libjpeg(j_common_ptr jpeg) {
  JpegDecoder& decoder = decoder_of(jpeg);
  jpeg->err->format_message(jpeg, decoder.reason);
  std::longjmp(decoder.escape, 1);
}

/// Whether pixels are made up where libjpeg says so.
bool loses_pixels(int message) {
  return message == JWRN_HIT_MARKER || message == JWRN_HUFF_BAD_CODE || message == JWRN_ARITH_BAD_CODE ||
         message == JWRN_MUST_RESYNC || message == JWRN_BOGUS_PROGRESSION;
}

void heed(j_common_ptr jpeg, int level) {
  if (level >= 0) return;
  JpegDecoder& decoder = decoder_of(jpeg);
  decoder.ended |= jpeg->err->msg_code == JWRN_JPEG_EOF;
  char* text = loses_pixels(jpeg->err->msg_code) ? decoder.reason : decoder.warning;
  if (text[0] == '\0') jpeg->err->format_message(jpeg, text);
}

void ignore_message(j_common_ptr) {}

void watch_scans(j_common_ptr jpeg) {
  if (reinterpret_cast<j_decompress_ptr>(jpeg)->input_scan_number <= kMostScans) return;
  JpegDecoder& decoder = decoder_of(jpeg);
  std::snprintf(decoder.reason, sizeof decoder.reason, "it has more than %d scans", kMostScans);
  std::longjmp(decoder.escape, 1);
}

/// Whether every scan came, of a file that ends without a marker that says so.
bool is_complete(const jpeg_decompress_struct& jpeg) {
  for (int c = 0; c < jpeg.num_components; ++c) {
    // Kept from a component's first scan on.
    if (jpeg.comp_info[c].quant_table == nullptr) return false;
    if (jpeg.progressive_mode == FALSE) continue;
    for (int i = 0; i < DCTSIZE2; ++i) {
      if (jpeg.coef_bits[c][i] != 0) return false;
    }
  }
  return true;
}

// libjpeg leaves a function that fails by longjmp, which must not cross C++ objects: each of these functions has none
// and says whether it came back.

bool read_jpeg_header(JpegDecoder& decoder, const unsigned char* data, unsigned long size) {
  if (setjmp(decoder.escape) != 0) return false;
  jpeg_create_decompress(&decoder.jpeg);
  decoder.jpeg.progress = &decoder.progress;
  jpeg_mem_src(&decoder.jpeg, data, size);
  constexpr unsigned longest = 0xffff;
  jpeg_save_markers(&decoder.jpeg, JPEG_APP0 + 1, longest);  // EXIF.
  jpeg_save_markers(&decoder.jpeg, JPEG_APP0 + 2, longest);  // A colour profile.
  jpeg_read_header(&decoder.jpeg, TRUE);
  const bool inks = decoder.jpeg.num_components == 4;
  decoder.jpeg.out_color_space = inks ? JCS_CMYK : JCS_RGB;
  decoder.jpeg.dct_method = JDCT_ISLOW;
  return true;
}

/// Into memory that `free` releases; none where the file has no profile.
bool read_jpeg_profile(JpegDecoder& decoder, JOCTET** profile, unsigned* size) {
  if (setjmp(decoder.escape) != 0) return false;
  if (jpeg_read_icc_profile(&decoder.jpeg, profile, size) == FALSE) *profile = nullptr;
  return true;
}

bool read_jpeg_rows(JpegDecoder& decoder, std::uint8_t* pixels) {
  if (setjmp(decoder.escape) != 0) return false;
  jpeg_start_decompress(&decoder.jpeg);
  const std::size_t row =
      std::size_t{decoder.jpeg.output_width} * static_cast<std::size_t>(decoder.jpeg.output_components);
  while (decoder.jpeg.output_scanline < decoder.jpeg.output_height) {
    JSAMPROW rows[] = {pixels + decoder.jpeg.output_scanline * row};
    jpeg_read_scanlines(&decoder.jpeg, rows, 1);
  }
  const bool complete = is_complete(decoder.jpeg);
  jpeg_finish_decompress(&decoder.jpeg);
  if (decoder.ended && !complete && decoder.reason[0] == '\0') {
    std::snprintf(decoder.reason, sizeof decoder.reason, "it is cut short: scans are missing");
  }
  return decoder.reason[0] == '\0';
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

class JpegReader {
 public:
  JpegReader(const std::string& origin, const PictureNotes& notes, PictureColours colours)
      : origin_(origin), notes_(notes), colours_(colours) {
    decoder_.jpeg.err = jpeg_std_error(&decoder_.errors);
    decoder_.jpeg.client_data = &decoder_;
    decoder_.errors.error_exit = leave_libjpeg;
    decoder_.errors.emit_message = heed;
    decoder_.errors.output_message = ignore_message;
    decoder_.progress.progress_monitor = watch_scans;
  }
  JpegReader(const JpegReader&) = delete;
  JpegReader& operator=(const JpegReader&) = delete;
  ~JpegReader() { jpeg_destroy_decompress(&decoder_.jpeg); }

  Image read(std::string_view bytes) {
    require(read_jpeg_header(decoder_, reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size()));
    const auto height = static_cast<int>(decoder_.jpeg.image_height);
    const auto width = static_cast<int>(decoder_.jpeg.image_width);
    check_picture_size(height, width, origin_);
    const bool inks = decoder_.jpeg.out_color_space == JCS_CMYK;
    const int orientation = stored_orientation();
    const std::string profile = stored_profile();
    std::vector<std::uint8_t> pixels((inks ? 4U : 3U) * static_cast<std::size_t>(width) *
                                     static_cast<std::size_t>(height));
    require(read_jpeg_rows(decoder_, pixels.data()));
    if (decoder_.warning[0] != '\0' && notes_)
      notes_(fmt::format("'{}': libjpeg warns: {}", origin_, decoder_.warning));
    return upright(inks ? image_of_inks(pixels, profile, height, width)
                        : image_of_colours(pixels, profile, height, width),
                   orientation);
  }

 private:
  /// As the first EXIF segment has it, which libjpeg keeps until it has decoded the picture.
  int stored_orientation() const {
    for (const jpeg_marker_struct* marker = decoder_.jpeg.marker_list; marker != nullptr;
         marker = marker->next) {
      const std::string_view data(reinterpret_cast<const char*>(marker->data), marker->data_length);
      if (data.starts_with("Exif")) return exif_orientation(data);
    }
    return 1;
  }

  /// Empty where none is applied.
  std::string stored_profile() {
    if (colours_ == PictureColours::stored) return {};
    JOCTET* data = nullptr;
    unsigned size = 0;
    require(read_jpeg_profile(decoder_, &data, &size));
    const std::unique_ptr<JOCTET, decltype(&std::free)> owner(data, std::free);
    return data == nullptr ? std::string() : std::string(reinterpret_cast<const char*>(data), size);
  }

  Image image_of_colours(std::vector<std::uint8_t>& pixels, const std::string& profile, int height,
                         int width) const {
    const bool gray = decoder_.jpeg.num_components == 1;
    if (!profile.empty()) note_profile(take_to_srgb(profile, std::span(pixels), 3, gray), origin_, notes_);
    return opaque_image<std::uint8_t>(pixels.data(), height, width, 3, 255);
  }

  Image image_of_inks(const std::vector<std::uint8_t>& pixels, const std::string& profile, int height,
                      int width) const {
    if (!profile.empty()) {
      const std::vector<std::uint8_t> colours = srgb_of_inks(profile, pixels);
      if (!colours.empty()) return opaque_image<std::uint8_t>(colours.data(), height, width, 3, 255);
      note_profile("it is damaged, or not of four inks", origin_, notes_);
    }
    return from_cmyk(pixels, height, width);
  }

  void require(bool done) const {
    if (!done) fail_input("cannot read '{}' as JPEG: {}", origin_, decoder_.reason);
  }

  const std::string& origin_;
  const PictureNotes& notes_;
  PictureColours colours_;
  JpegDecoder decoder_;
};

}  // namespace

bool is_jpeg(std::string_view bytes) {
  return bytes.starts_with("\xff\xd8\xff");
}

Image decode_jpeg(std::string_view bytes, const std::string& origin, const PictureNotes& notes,
                  PictureColours colours) {
  return JpegReader(origin, notes, colours).read(bytes);
}

}  // namespace limpid
