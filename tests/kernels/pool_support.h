// Cases and operands that the pool's tests share, on the CPU and on a device.
#pragma once

#include <algorithm>
#include <cstdint>
#include <ostream>
#include <string>
#include <vector>

#include "kernels/core/window.h"
#include "kernels/ops/max_pool.h"
#include "tests/kernels/activations.h"

namespace limpid::test {

struct PoolCase {
  std::string name;
  int n, channels, h, w;
  int stride;
  Padding padding;
  Layout layout = Layout::nchw8c;
  Surround surround = {};
  int size = 3;

  ActivationShape input() const { return {n, channels, h, w, layout, surround}; }
  ActivationShape output() const {
    return {n,
            channels,
            pool_extent(padding, h, size, stride).out,
            pool_extent(padding, w, size, stride).out,
            layout,
            {surround.after, surround.before}};
  }
  Window window() const {
    return {size, stride, pool_extent(padding, h, size, stride).before,
            pool_extent(padding, w, size, stride).before};
  }
  reference::Sliding sliding() const { return {window(), output().h, output().w}; }

  friend void PrintTo(const PoolCase& c, std::ostream* out) { *out << c.name; }
};

/// Odd and even extents under each family's padding (TensorFlow's is asymmetric where stride 2 meets an even
/// extent), windows of 2x2, single pixels, slices of wider buffers in both layouts.
inline std::vector<PoolCase> pool_cases() {
  return {
      {"pixel_s1_symmetric", 1, 8, 1, 1, 1, Padding::symmetric},
      {"pixel_s2_same", 1, 16, 1, 1, 2, Padding::tf_same},
      {"row_s1_same", 2, 8, 1, 5, 1, Padding::tf_same},
      {"s1_7x7_caffe", 1, 208, 7, 7, 1, Padding::caffe},
      {"s1_14x13_slice", 3, 24, 14, 13, 1, Padding::symmetric, Layout::nchw8c, {1, 2}},
      {"s1_5x9_nhwc_slice", 2, 16, 5, 9, 1, Padding::tf_same, Layout::nhwc, {2, 1}},
      {"s2_15x15_caffe", 1, 192, 15, 15, 2, Padding::caffe},
      {"s2_14x10_caffe", 2, 8, 14, 10, 2, Padding::caffe, Layout::nchw8c, {1, 0}},
      {"s2_14x14_same", 1, 64, 14, 14, 2, Padding::tf_same},
      {"s2_7x8_same_slice", 3, 24, 7, 8, 2, Padding::tf_same, Layout::nchw8c, {0, 1}},
      {"s2_8x9_symmetric_nhwc", 2, 24, 8, 9, 2, Padding::symmetric, Layout::nhwc},
      {"s2_3x3_caffe", 1, 8, 3, 3, 2, Padding::caffe},
      {"2x2_14x14_caffe", 1, 208, 14, 14, 2, Padding::caffe, Layout::nchw8c, {}, 2},
      {"2x2_7x10_caffe_slice", 3, 24, 7, 10, 2, Padding::caffe, Layout::nchw8c, {1, 2}, 2},
      {"2x2_5x3_same_nhwc", 2, 16, 5, 3, 2, Padding::tf_same, Layout::nhwc, {2, 1}, 2},
      {"2x2_9x8_symmetric", 2, 8, 9, 8, 2, Padding::symmetric, Layout::nchw8c, {}, 2},
  };
}

inline constexpr std::uint8_t kArgmaxMark = 0xee;

/// The argmax of a pool, fenced.
class ArgmaxBuffer {
 public:
  explicit ArgmaxBuffer(const ActivationShape& y)
      : y_(y), bytes_(static_cast<std::size_t>(y.n * y.channels * y.h * y.w) + 2 * kFence, kArgmaxMark) {}

  GroupView<std::uint8_t> view_in(void* whole) const {
    const auto dense = y_.layout == Layout::nchw8c ? make_nchw8c : make_nhwc;
    return dense(static_cast<std::uint8_t*>(whole) + kFence, DType::f32, y_.n, y_.channels / kGroup, y_.h,
                 y_.w)
        .as<std::uint8_t>();
  }
  GroupView<std::uint8_t> view() { return view_in(bytes_.data()); }
  GroupView<const std::uint8_t> chosen() { return as_const(view()); }
  static GroupView<const std::uint8_t> as_const(const GroupView<std::uint8_t>& v) {
    return {v.data, v.n, v.groups, v.h, v.w, v.stride_n, v.stride_g, v.stride_h, v.stride_w};
  }

  std::vector<std::uint8_t>& bytes() { return bytes_; }
  int at(int n, int c, int p, int q) { return view().at(n, c / kGroup, p, q)[c % kGroup]; }

  bool fences_intact() const {
    const auto marked = [](std::uint8_t byte) { return byte == kArgmaxMark; };
    return std::all_of(bytes_.begin(), bytes_.begin() + kFence, marked) &&
           std::all_of(bytes_.end() - kFence, bytes_.end(), marked);
  }

 private:
  static constexpr std::ptrdiff_t kFence = 64;

  ActivationShape y_;
  std::vector<std::uint8_t> bytes_;
};

}  // namespace limpid::test
