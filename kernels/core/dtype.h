// Element types of activations.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

#include "kernels/core/host_device.h"
#if defined(__CUDACC__)
#include <cuda_bf16.h>
#include <cuda_fp16.h>
#endif

namespace limpid {

/// Storage type of an activation tensor. Arithmetic inside a kernel is always fp32.
enum class DType { f32, f16, bf16 };

constexpr std::size_t size_of(DType dtype) {
  return dtype == DType::f32 ? 4 : 2;
}
constexpr const char* name_of(DType dtype) {
  return dtype == DType::f32 ? "fp32" : dtype == DType::f16 ? "fp16" : "bf16";
}

/// IEEE binary16, storage only.
struct alignas(2) f16 {
  std::uint16_t bits;
};

/// bfloat16, storage only.
struct alignas(2) bf16 {
  std::uint16_t bits;
};

LIMPID_HD float to_f32(float x) {
  return x;
}

LIMPID_HD float to_f32(f16 x) {
#if defined(__CUDACC__)
  return __half2float(__half(__half_raw{x.bits}));
#else
  _Float16 h;
  std::memcpy(&h, &x, sizeof h);
  return static_cast<float>(h);
#endif
}

LIMPID_HD float to_f32(bf16 x) {
  const std::uint32_t bits = static_cast<std::uint32_t>(x.bits) << 16;
  float f;
  memcpy(&f, &bits, sizeof f);
  return f;
}

/// Rounds to nearest even.
template <class T>
LIMPID_HD T from_f32(float x);

template <>
LIMPID_HD float from_f32<float>(float x) {
  return x;
}

template <>
LIMPID_HD f16 from_f32<f16>(float x) {
#if defined(__CUDACC__)
  return f16{static_cast<__half_raw>(__float2half_rn(x)).x};
#else
  const _Float16 h = static_cast<_Float16>(x);
  f16 result;
  std::memcpy(&result, &h, sizeof h);
  return result;
#endif
}

template <>
LIMPID_HD bf16 from_f32<bf16>(float x) {
  std::uint32_t bits;
  memcpy(&bits, &x, sizeof bits);
  if ((bits & 0x7fffffffu) > 0x7f800000u) {  // A NaN stays a NaN whatever its low bits are.
    return bf16{static_cast<std::uint16_t>((bits >> 16) | 0x40u)};
  }
  return bf16{static_cast<std::uint16_t>((bits + 0x7fffu + ((bits >> 16) & 1u)) >> 16)};
}

template <class T>
struct DTypeOf;
template <>
struct DTypeOf<float> {
  static constexpr DType value = DType::f32;
};
template <>
struct DTypeOf<f16> {
  static constexpr DType value = DType::f16;
};
template <>
struct DTypeOf<bf16> {
  static constexpr DType value = DType::bf16;
};

/// f(T{}) with the storage type of `dtype`.
template <class F>
void with_type(DType dtype, const F& f) {
  switch (dtype) {
    case DType::f32:
      return f(float{});
    case DType::f16:
      return f(f16{});
    case DType::bf16:
      return f(bf16{});
  }
}

}  // namespace limpid
