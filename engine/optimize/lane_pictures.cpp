#include "engine/optimize/lane_pictures.h"

#include <algorithm>

#include "engine/image/cppn_images.h"
#include "engine/image/network_input.h"
#include "engine/image/side_by_side.h"
#include "kernels/device_array.h"
#include "kernels/ops/colour_squash.h"

namespace limpid {

LanePictures::LanePictures(Backend& backend, const Stream& stream, const LaneSpec& spec, const LaneStep& step,
                           const StepBinder& binder)
    : backend_(backend),
      stream_(stream),
      spec_(spec),
      memory_(binder, step),
      parameters_per_image_(step.images->layout().total()),
      decoded_(step.decoded),
      pictured_(step.pictured),
      ops_(binder.bind_before(0, step.pictured)) {}

void LanePictures::decode() {
  for (std::size_t i = 0; i < decoded_; ++i) ops_[i].run(stream_);
}

void LanePictures::decode_and_fix() {
  for (std::size_t i = 0; i < pictured_; ++i) ops_[i].run(stream_);
}

Image LanePictures::read(int picture) const {
  const int planes = spec_.image.picture_planes();
  std::vector<float> values(static_cast<std::size_t>(planes * spec_.height * spec_.width));
  memory_.rgb.download(stream_, static_cast<std::size_t>(picture) * values.size(), values);
  return read_picture({values.data(), 1, planes, spec_.height, spec_.width}, 0);
}

Image LanePictures::read_slot(int slot) const {
  std::vector<Image> images;
  for (int i = 0; i < spec_.images; ++i) images.push_back(read(slot * spec_.pictures() + i));
  return side_by_side(images);
}

Image LanePictures::enlarged_slot(int slot, int height, int width) const {
  std::vector<Image> images;
  for (int i = 0; i < spec_.images; ++i) {
    images.push_back(enlarged(slot * spec_.pictures() + i, height, width));
  }
  return side_by_side(images);
}

Image LanePictures::enlarged(int picture, int height, int width) const {
  constexpr std::int64_t kBandPixels = 1 << 18;
  const int band = static_cast<int>(std::clamp<std::int64_t>(kBandPixels / width, 1, height));
  const int latent_planes = spec_.image.latent_planes(), planes = spec_.image.picture_planes();
  const auto pixels = static_cast<std::size_t>(band) * static_cast<std::size_t>(width);
  DeviceArray<float> latent_memory(backend_, static_cast<std::size_t>(latent_planes) * pixels);
  DeviceArray<float> rgb_memory(backend_, static_cast<std::size_t>(planes) * pixels);
  Image image{height, width, {}};
  image.rgb.reserve(static_cast<std::size_t>(height) * static_cast<std::size_t>(width) * 3);
  for (int row = 0; row < height; row += band) {
    const int rows = std::min(band, height - row);
    const Planar<float> latent{latent_memory.data(), 1, latent_planes, rows, width};
    const Planar<float> rgb{rgb_memory.data(), 1, planes, rows, width};
    decode_cppn_rows(backend_, stream_, memory_.parameters.data() + picture * parameters_per_image_, latent,
                     height, row);
    backend_.run(stream_, colours_of(spec_.colours, latent, rgb));
    std::vector<float> values(static_cast<std::size_t>(rgb.elements()));
    rgb_memory.download(stream_, 0, values);
    const Image part = read_picture({values.data(), 1, planes, rows, width}, 0);
    image.rgb.insert(image.rgb.end(), part.rgb.begin(), part.rgb.end());
    image.alpha.insert(image.alpha.end(), part.alpha.begin(), part.alpha.end());
  }
  return image;
}

}  // namespace limpid
