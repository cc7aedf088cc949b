// Geometry of a sliding window: convolution and pooling share it.
#pragma once

namespace limpid {

/// A square window of `size` taps that moves by `stride`, over a map padded by `before` on top and left.
/// Padding after the map is implied by the output size.
struct Window {
  int size = 1;
  int stride = 1;
  int before_h = 0;
  int before_w = 0;
};

/// How a family of weights sizes and pads its maps.
enum class Padding {
  tf_same,  ///< TensorFlow SAME: out = ceil(n / s), total = max((out - 1) s + k - n, 0), the smaller half
            ///< before.
  caffe,    ///< Caffe: convolutions pad (k - 1) / 2 on both sides; max-pools of stride 2 pad 0 in ceil mode.
  symmetric,  ///< Convolutions and pools pad (k - 1) / 2 on both sides, output size rounded down.
};

/// Output extent and padding before, along one dimension. `out` is below 1 where the map is too small.
struct Extent {
  int out;
  int before;
};

/// Extent of a convolution over n pixels.
constexpr Extent conv_extent(Padding padding, int n, int size, int stride) {
  if (padding == Padding::tf_same) {
    const int out = (n + stride - 1) / stride;
    const int total = (out - 1) * stride + size - n;
    return {out, total > 0 ? total / 2 : 0};
  }
  const int before = (size - 1) / 2;
  const int span = n + 2 * before - size;
  return {span < 0 ? 0 : span / stride + 1, before};
}

/// Extent of a max-pool over n pixels. Padding never wins: it counts as minus infinity.
constexpr Extent pool_extent(Padding padding, int n, int size, int stride) {
  if (padding != Padding::caffe || stride == 1) return conv_extent(padding, n, size, stride);
  // Ceil mode without padding: the last window may hang over the edge. With pad 0 and size >= stride it always
  // begins inside the map, so Caffe's rule of dropping a window that begins beyond it never applies.
  const int span = n - size;
  return {span < 0 ? 0 : (span + stride - 1) / stride + 1, 0};
}

}  // namespace limpid
