// The caller's memory as the library reads and writes it.
#pragma once

#include <array>
#include <cstdint>
#include <type_traits>

#include "kernels/core/dtype.h"

namespace limpid {

/// Batch, channels, height, width.
using Extents = std::array<std::int64_t, 4>;

/// Values in host memory that somebody else owns: batch x channels x height x width, fp32, any strides. Strides count
/// values; they may be 0 (one value for many) where nothing is written, and negative.
template <class T>
struct TensorView {
  T* data = nullptr;
  Extents extents{};
  Extents strides{};

  T* at(std::int64_t n, std::int64_t c, std::int64_t h, std::int64_t w) const {
    return data + n * strides[0] + c * strides[1] + h * strides[2] + w * strides[3];
  }

  /// To TensorView<const T>.
  template <class U>
  requires(std::is_same_v<U, const T> && !std::is_same_v<U, T>) operator TensorView<U>() const {
    return {data, extents, strides};
  }
};

/// The same in the memory of a device, of any type.
struct DeviceView {
  void* data = nullptr;
  DType dtype = DType::f32;
  Extents extents{};
  Extents strides{};
};

/// Values side by side, those along the width next to each other.
template <class T>
TensorView<T> dense_view(T* data, const Extents& extents) {
  const auto [n, c, h, w] = extents;
  return {data, extents, {c * h * w, h * w, w, 1}};
}

}  // namespace limpid
