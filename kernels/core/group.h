// A channel group: the eight neighbouring channels of one pixel, in fp32 registers.
//
// Eight fp16 channels are one 16-byte GPU access and eight fp32 channels are one AVX2 register, so this is
// the unit every kernel body computes on.
#pragma once

#include <cstdint>

#include "kernels/core/dtype.h"

namespace limpid {

/// Channels in a group; physical channel counts are multiples of it.
inline constexpr int kGroup = 8;

constexpr int round_up_to_group(int channels) {
  return (channels + kGroup - 1) / kGroup * kGroup;
}

#if defined(__CUDACC__)
// The CUDA form has its own inline namespace: a host binary that links both forms must not merge them.
inline namespace device_form {

struct Group {
  float lane[kGroup];
  LIMPID_HD float& operator[](int i) { return lane[i]; }
  LIMPID_HD float operator[](int i) const { return lane[i]; }
};

#define LIMPID_GROUP_OPERATOR(op)                                       \
  LIMPID_HD Group operator op(Group a, Group b) {                       \
    Group r;                                                            \
    LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) r[i] = a[i] op b[i]; \
    return r;                                                           \
  }
LIMPID_GROUP_OPERATOR(+)
LIMPID_GROUP_OPERATOR(-)
LIMPID_GROUP_OPERATOR(*)
LIMPID_GROUP_OPERATOR(/)
#undef LIMPID_GROUP_OPERATOR

LIMPID_HD Group splat(float x) {
  Group r;
  LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) r[i] = x;
  return r;
}

/// Lane by lane: condition > threshold ? a : b.
LIMPID_HD Group select_greater(Group condition, Group threshold, Group a, Group b) {
  Group r;
  LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) r[i] = condition[i] > threshold[i] ? a[i] : b[i];
  return r;
}

LIMPID_HD Group square_root(Group x) {
  LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) x[i] = sqrtf(x[i]);
  return x;
}

template <class T>
LIMPID_HD Group load_group(const T* p) {
  Group r;
#if defined(__CUDA_ARCH__)
  // Read-only 16-byte loads: __restrict__ on struct fields is ignored by nvcc, __ldg is not.
  alignas(16) T raw[kGroup];
  const uint4* source = reinterpret_cast<const uint4*>(p);
  uint4* target = reinterpret_cast<uint4*>(raw);
  LIMPID_UNROLL for (unsigned i = 0; i < kGroup * sizeof(T) / 16; ++i) target[i] = __ldg(source + i);
  LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) r[i] = to_f32(raw[i]);
#else
  for (int i = 0; i < kGroup; ++i) r[i] = to_f32(p[i]);
#endif
  return r;
}

template <class T>
LIMPID_HD void store_group(T* p, Group x) {
  alignas(16) T raw[kGroup];
  LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) raw[i] = from_f32<T>(x[i]);
#if defined(__CUDA_ARCH__)
  const uint4* source = reinterpret_cast<const uint4*>(raw);
  uint4* target = reinterpret_cast<uint4*>(p);
  LIMPID_UNROLL for (unsigned i = 0; i < kGroup * sizeof(T) / 16; ++i) target[i] = source[i];
#else
  for (int i = 0; i < kGroup; ++i) p[i] = raw[i];
#endif
}

/// Eight bytes as eight small integers, and back (values 0..255).
LIMPID_HD Group load_bytes(const std::uint8_t* p) {
  Group r;
  LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) r[i] = static_cast<float>(p[i]);
  return r;
}

LIMPID_HD void store_bytes(std::uint8_t* p, Group x) {
  alignas(8) std::uint8_t raw[kGroup];
  LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) raw[i] = static_cast<std::uint8_t>(x[i]);
  memcpy(p, raw, kGroup);
}

}  // namespace device_form
#else

/// Under g++ a group is one vector register; + - * / are the compiler's own.
typedef float Group __attribute__((vector_size(kGroup * sizeof(float))));

inline Group splat(float x) {
  return Group{x, x, x, x, x, x, x, x};
}

/// Lane by lane: condition > threshold ? a : b.
inline Group select_greater(Group condition, Group threshold, Group a, Group b) {
  return condition > threshold ? a : b;
}

inline Group square_root(Group x) {
  for (int i = 0; i < kGroup; ++i) x[i] = __builtin_sqrtf(x[i]);
  return x;
}

template <class T>
inline Group load_group(const T* p) {
  Group r;
  for (int i = 0; i < kGroup; ++i) r[i] = to_f32(p[i]);
  return r;
}

template <>
inline Group load_group<float>(const float* p) {
  Group r;
  std::memcpy(&r, p, sizeof r);
  return r;
}

template <class T>
inline void store_group(T* p, Group x) {
  for (int i = 0; i < kGroup; ++i) p[i] = from_f32<T>(x[i]);
}

template <>
inline void store_group<float>(float* p, Group x) {
  std::memcpy(p, &x, sizeof x);
}

/// Eight bytes as eight small integers, and back (values 0..255).
inline Group load_bytes(const std::uint8_t* p) {
  typedef std::uint8_t Bytes __attribute__((vector_size(kGroup)));
  Bytes bytes;
  std::memcpy(&bytes, p, sizeof bytes);
  return __builtin_convertvector(bytes, Group);
}

inline void store_bytes(std::uint8_t* p, Group x) {
  typedef std::uint8_t Bytes __attribute__((vector_size(kGroup)));
  const Bytes bytes = __builtin_convertvector(x, Bytes);
  std::memcpy(p, &bytes, sizeof bytes);
}
#endif

/// Lane by lane: y > 0 ? x : 0, the derivative of a ReLU whose output is y applied to x.
LIMPID_HD Group mask_positive(Group x, Group y) {
  return select_greater(y, splat(0.0F), x, splat(0.0F));
}

}  // namespace limpid
