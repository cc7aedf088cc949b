// Non-owning views of device or host memory: grouped activations and planar images.
#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "kernels/core/dtype.h"
#include "kernels/core/group_size.h"

namespace limpid {

/// A typed view of grouped activations as a kernel body sees it. Strides count elements; the eight channels
/// of a group are always adjacent.
template <class T>
struct GroupView {
  T* data;
  int n, groups, h, w;
  std::int64_t stride_n, stride_g, stride_h, stride_w;

  LIMPID_HD T* at(int in, int ig, int ih, int iw) const {
    return data + in * stride_n + ig * stride_g + ih * stride_h + iw * stride_w;
  }
};

/// Activations of a batch: n images, `groups` x 8 physical channels, h x w pixels. NHWC (stride_g = 8) and
/// nChw8c (stride_w = 8) are the same view with other strides; a channel slice is the same view, moved.
struct Tensor {
  void* data = nullptr;
  DType dtype = DType::f32;
  int n = 0, groups = 0, h = 0, w = 0;
  std::int64_t stride_n = 0, stride_g = 0, stride_h = 0, stride_w = 0;

  int channels() const { return groups * kGroup; }
  std::int64_t elements() const { return std::int64_t{n} * groups * kGroup * h * w; }

  template <class T>
  LIMPID_HD GroupView<T> as() const {
    return {static_cast<T*>(data), n, groups, h, w, stride_n, stride_g, stride_h, stride_w};
  }

  /// The channel groups [first, first + count) of every image.
  Tensor slice_groups(int first, int count) const {
    Tensor t = *this;
    t.data = static_cast<std::byte*>(data) + static_cast<std::size_t>(first * stride_g) * size_of(dtype);
    t.groups = count;
    return t;
  }

  /// Image i alone.
  Tensor image(int i) const {
    Tensor t = *this;
    t.data = static_cast<std::byte*>(data) + static_cast<std::size_t>(i * stride_n) * size_of(dtype);
    t.n = 1;
    return t;
  }
};

/// Dense nChw8c: what the CPU convolutions are fastest with, and where a channel slice of one image is
/// contiguous.
inline Tensor make_nchw8c(void* data, DType dtype, int n, int groups, int h, int w) {
  const std::int64_t plane = std::int64_t{h} * w * kGroup;
  return {data, dtype, n, groups, h, w, plane * groups, plane, std::int64_t{w} * kGroup, kGroup};
}

/// Dense NHWC: what cuDNN wants.
inline Tensor make_nhwc(void* data, DType dtype, int n, int groups, int h, int w) {
  const std::int64_t pixel = std::int64_t{groups} * kGroup;
  return {data, dtype, n, groups, h, w, pixel * h * w, kGroup, pixel * w, pixel};
}

/// Dense planes (n, c, h, w), w fastest: images, latents and network inputs, always fp32 on the image side.
template <class T>
struct Planar {
  T* data = nullptr;
  int n = 0, c = 0, h = 0, w = 0;

  LIMPID_HD T* plane(int in, int ic) const { return data + (static_cast<std::int64_t>(in) * c + ic) * h * w; }
  std::int64_t elements() const { return std::int64_t{n} * c * h * w; }

  /// To Planar<const T>. A template, for nvcc warns of a plain conversion to itself in Planar<const T>.
  template <class U>
  requires(std::is_same_v<U, const T> && !std::is_same_v<U, T>) operator Planar<U>() const {
    return {data, n, c, h, w};
  }
};

}  // namespace limpid
