#include "engine/image/network_input.h"

#include <cmath>
#include <utility>

#include "kernels/core/error.h"

namespace limpid {

InputScaling input_scaling(const InputSpec& spec) {
  InputScaling scaling;
  for (std::size_t c = 0; c < 3; ++c) scaling.mean[c] = spec.mean[c];
  if (spec.order == ChannelOrder::bgr) std::swap(scaling.channel[0], scaling.channel[2]);
  return scaling;
}

void write_picture(const Image& image, const InputScaling& scaling, Planar<float> input, int n) {
  if (image.height != input.h || image.width != input.w) {
    fail_usage("a picture of {}x{} was given to a network planned for {}x{}", image.height, image.width,
               input.h, input.w);
  }
  const std::int64_t pixels = std::int64_t{input.h} * input.w;
  for (int c = 0; c < 3; ++c) {
    float* plane = input.plane(n, c);
    for (std::int64_t i = 0; i < pixels; ++i) {
      const float value = image.rgb[static_cast<std::size_t>(i * 3 + scaling.channel[c])];
      plane[i] = std::fma(scaling.scale, value, -scaling.mean[c]);
    }
  }
}

std::vector<float> read_gradient(Planar<const float> gradient, const InputScaling& scaling, int n) {
  const std::int64_t pixels = std::int64_t{gradient.h} * gradient.w;
  std::vector<float> result(static_cast<std::size_t>(pixels) * 3);
  for (int c = 0; c < 3; ++c) {
    const float* plane = gradient.plane(n, c);
    for (std::int64_t i = 0; i < pixels; ++i) {
      result[static_cast<std::size_t>(i * 3 + scaling.channel[c])] = plane[i];
    }
  }
  return result;
}

Image read_picture(Planar<const float> rgb, int n) {
  Image image{rgb.h, rgb.w, read_gradient(rgb, InputScaling{}, n)};
  if (rgb.c == 4) image.alpha.assign(rgb.plane(n, 3), rgb.plane(n, 3) + std::int64_t{rgb.h} * rgb.w);
  return image;
}

}  // namespace limpid
