// Geometry of a sliding window: convolution and pooling share it.
#pragma once

namespace limpid {

/// A square window of `size` taps that moves by `stride`, over a map padded by `before` on top and left. Padding
/// after the map is implied by the output size.
struct Window {
  int size = 1;
  int stride = 1;
  int before_h = 0;
  int before_w = 0;
};

/// How a family of weights sizes and pads its maps.
enum class Padding {
  tf_same,  ///< TensorFlow SAME: out = ceil(n / s), total = max((out - 1) s + k - n, 0), the smaller half before.
  caffe,    ///< Caffe: symmetric k / 2 for convolutions; max-pools of stride 2 pad 0 in ceil mode.
};

/// Output extent and padding before, along one dimension.
struct Extent {
  int out;
  int before;
};

/// TensorFlow SAME along one dimension (numerics: odd and even n differ).
constexpr Extent same_extent(int n, int size, int stride) {
  const int out = (n + stride - 1) / stride;
  const int total = (out - 1) * stride + size - n;
  return {out, total > 0 ? total / 2 : 0};
}

/// Symmetric padding, rounding down (convolutions) or up (Caffe pools; a last window that would begin beyond the
/// padded-before input is dropped).
constexpr Extent symmetric_extent(int n, int size, int stride, int pad, bool ceil_mode) {
  const int span = n + 2 * pad - size;
  int out = (ceil_mode ? (span + stride - 1) / stride : span / stride) + 1;
  if (ceil_mode && (out - 1) * stride >= n + pad) --out;
  return {out, pad};
}

}  // namespace limpid
