#include "kernels/conv/space_to_depth.h"

#include <algorithm>

namespace limpid::cuda {
namespace {

/// Blocks begin at the map's first pixel and windows `before` it: where that is odd, a row of taps of zero comes first.
int taps_of_zero(int before) {
  return before % kBlockEdge;
}

int covering_blocks(int pixels) {
  return (pixels + kBlockEdge - 1) / kBlockEdge;
}

Window window_in_depth(const Window& window) {
  const int offset = std::max(taps_of_zero(window.before_h), taps_of_zero(window.before_w));
  return {covering_blocks(window.size + offset), 1, covering_blocks(window.before_h),
          covering_blocks(window.before_w)};
}

}  // namespace

bool depth_supports(const ConvRequest& request) {
  const ConvShape& s = request.shape;
  const int pixels =
      request.direction == ConvDirection::fprop ? request.source_channels : request.target_channels;
  if (s.c != kGroup || (pixels != 0 && pixels != kGroup) || s.window.stride != kBlockEdge ||
      request.accumulate)
    return false;
  // The last window must reach the map's end, for a convolution of stride 1 does.
  const Window window = window_in_depth(s.window);
  return s.p - 1 + window.size - window.before_h >= covering_blocks(s.h) &&
         s.q - 1 + window.size - window.before_w >= covering_blocks(s.w);
}

ConvRequest in_depth(const ConvRequest& request) {
  ConvRequest result = request;
  ConvShape& s = result.shape;
  s.c = kBlockChannels;
  s.h = covering_blocks(request.shape.h);
  s.w = covering_blocks(request.shape.w);
  s.window = window_in_depth(request.shape.window);
  (request.direction == ConvDirection::fprop ? result.source_channels : result.target_channels) = 0;
  return result;
}

std::vector<float> filter_in_depth(const ConvShape& shape, const float* weights) {
  const int size = shape.window.size;
  const int blocks = window_in_depth(shape.window).size;
  std::vector<float> result(static_cast<std::size_t>(shape.k * kBlockChannels * blocks * blocks));
  for (int k = 0; k < shape.k; ++k) {
    for (int c = 0; c < kColours; ++c) {
      for (int r = 0; r < size; ++r) {
        for (int s = 0; s < size; ++s) {
          const int row = r + taps_of_zero(shape.window.before_h);
          const int column = s + taps_of_zero(shape.window.before_w);
          const int channel = (row % kBlockEdge * kBlockEdge + column % kBlockEdge) * kPixelChannels + c;
          const int to =
              ((k * kBlockChannels + channel) * blocks + row / kBlockEdge) * blocks + column / kBlockEdge;
          result[static_cast<std::size_t>(to)] = weights[((k * shape.c + c) * size + r) * size + s];
        }
      }
    }
  }
  return result;
}

bool prefers_depth(const ConvRequest& request) {
  const bool strict_fp32 = request.dtype == DType::f32 && !request.tf32;
  return depth_supports(request) && !strict_fp32;
}

}  // namespace limpid::cuda
