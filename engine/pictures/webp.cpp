#include "engine/pictures/webp.h"

#include <webp/decode.h>
#include <webp/demux.h>
#include <webp/encode.h>

#include <cstdint>
#include <memory>
#include <new>
#include <vector>

#include "engine/image/quantise.h"
#include "engine/pictures/colour_profile.h"
#include "engine/pictures/orientation.h"
#include "engine/pictures/picture_limits.h"
#include "engine/pictures/pixels.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

struct DemuxDelete {
  void operator()(WebPDemuxer* demuxer) const { WebPDemuxDelete(demuxer); }
};

/// The first chunk of that name; empty without one.
std::string chunk_of(std::string_view bytes, const char* name) {
  const WebPData data{reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()};
  const std::unique_ptr<WebPDemuxer, DemuxDelete> demuxer(WebPDemux(&data));
  WebPChunkIterator chunk;
  if (demuxer == nullptr || WebPDemuxGetChunk(demuxer.get(), name, 1, &chunk) == 0) return {};
  std::string content(reinterpret_cast<const char*>(chunk.chunk.bytes), chunk.chunk.size);
  WebPDemuxReleaseChunkIterator(&chunk);
  return content;
}

struct PictureFree {
  void operator()(WebPPicture* picture) const { WebPPictureFree(picture); }
};

int append(const std::uint8_t* data, std::size_t size, const WebPPicture* picture) {
  static_cast<std::string*>(picture->custom_ptr)->append(reinterpret_cast<const char*>(data), size);
  return 1;
}

}  // namespace

bool is_webp(std::string_view bytes) {
  return bytes.starts_with("RIFF") && bytes.size() >= 12 && bytes.substr(8, 4) == "WEBP";
}

Image decode_webp(std::string_view bytes, const std::string& origin, const PictureNotes& notes,
                  PictureColours colours) {
  const auto* data = reinterpret_cast<const std::uint8_t*>(bytes.data());
  WebPBitstreamFeatures features;
  if (WebPGetFeatures(data, bytes.size(), &features) != VP8_STATUS_OK) {
    fail_input("cannot read '{}' as WebP: it is cut short or damaged", origin);
  }
  if (features.has_animation != 0) fail_input("'{}' is an animation, and a single picture is needed", origin);
  const int height = features.height, width = features.width;
  check_picture_size(height, width, origin);
  const std::size_t channels = features.has_alpha != 0 ? 4 : 3;
  const std::size_t row = channels * static_cast<std::size_t>(width);
  std::vector<std::uint8_t> pixels(row * static_cast<std::size_t>(height));
  const auto decode = channels == 4 ? WebPDecodeRGBAInto : WebPDecodeRGBInto;
  if (decode(data, bytes.size(), pixels.data(), pixels.size(), static_cast<int>(row)) == nullptr) {
    fail_input("cannot read '{}' as WebP: it is cut short or damaged", origin);
  }
  if (const std::string profile = chunk_of(bytes, "ICCP");
      !profile.empty() && colours == PictureColours::srgb)
    note_profile(take_to_srgb(profile, std::span(pixels), channels, false), origin, notes);
  const std::string exif = chunk_of(bytes, "EXIF");
  return upright(opaque_image<std::uint8_t>(pixels.data(), height, width, channels, 255),
                 exif_orientation(exif));
}

std::string encode_webp(const Image& image) {
  if (image.height > kMostWebp || image.width > kMostWebp) {
    fail_usage("a picture of {}x{} does not fit into a WebP: at most {} pixels on a side", image.height,
               image.width, kMostWebp);
  }
  WebPConfig config;
  WebPPicture picture;
  constexpr int effort = 6;  // Of 0 to 9: the default of cwebp -lossless.
  if (WebPConfigInit(&config) == 0 || WebPConfigLosslessPreset(&config, effort) == 0 ||
      WebPPictureInit(&picture) == 0) {
    fail_runtime("libwebp is not of the version limpid was built with");
  }
  const std::unique_ptr<WebPPicture, PictureFree> owner(&picture);
  config.exact = 1;  // Colours under transparent pixels too.
  picture.use_argb = 1;
  picture.height = image.height;
  picture.width = image.width;
  const bool opaque = image.alpha.empty();
  const std::vector<std::uint8_t> pixels = opaque ? quantise(image) : quantise_rgba(image);
  const auto import = opaque ? WebPPictureImportRGB : WebPPictureImportRGBA;
  if (import(&picture, pixels.data(), image.width * (opaque ? 3 : 4)) == 0) throw std::bad_alloc();
  std::string bytes;
  picture.writer = append;
  picture.custom_ptr = &bytes;
  if (WebPEncode(&config, &picture) == 0) {
    if (picture.error_code == VP8_ENC_ERROR_OUT_OF_MEMORY ||
        picture.error_code == VP8_ENC_ERROR_BITSTREAM_OUT_OF_MEMORY) {
      throw std::bad_alloc();
    }
    fail_runtime("cannot encode a picture of {}x{} as WebP: libwebp's error {}", image.height, image.width,
                 static_cast<int>(picture.error_code));
  }
  return bytes;
}

}  // namespace limpid
