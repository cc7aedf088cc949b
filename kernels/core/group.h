// A channel group: the eight neighbouring channels of one pixel, in fp32 registers.
//
// Eight fp16 channels are one 16-byte GPU access and eight fp32 channels are one AVX2 register, so this is
// the unit every kernel body computes on.
#pragma once

#include <cstdint>

#include "kernels/core/dtype.h"
#include "kernels/core/group_size.h"
#if defined(__CUDACC__)
#include "kernels/core/device_root.h"
#include "kernels/core/words.h"
#elif defined(__AVX2__)
#include <immintrin.h>
#endif

namespace limpid {

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

/// Lane by lane: x <= limit ? a : b, so b where x is NaN.
LIMPID_HD Group select_at_most(Group x, Group limit, Group a, Group b) {
  Group r;
  LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) r[i] = x[i] <= limit[i] ? a[i] : b[i];
  return r;
}

/// Lane by lane: witness is NaN ? witness : x.
LIMPID_HD Group poison(Group x, Group witness) {
  LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) x[i] = witness[i] == witness[i] ? x[i] : witness[i];
  return x;
}

/// x^(-1/2) for a normal x > 0, within two units in the last place.
LIMPID_HD Group reciprocal_square_root(Group x) {
  LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) x[i] = inverse_root(x[i]);
  return x;
}

/// x^(1/2) for x > 0, within three units in the last place.
LIMPID_HD Group square_root(Group x) {
  return x * reciprocal_square_root(x);
}

/// a * b + c in one rounding.
LIMPID_HD Group multiply_add(Group a, Group b, Group c) {
  LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) c[i] = fmaf(a[i], b[i], c[i]);
  return c;
}

template <class T>
LIMPID_HD Group load_group(const T* p) {
  Group r;
#if defined(__CUDA_ARCH__)
  alignas(16) T raw[kGroup];
  FourWords* target = reinterpret_cast<FourWords*>(raw);
  LIMPID_UNROLL for (unsigned i = 0; i < kGroup * sizeof(T) / 16; ++i) target[i] = load_four_words(p, i);
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
  const FourWords* source = reinterpret_cast<const FourWords*>(raw);
  FourWords* target = reinterpret_cast<FourWords*>(p);
  LIMPID_UNROLL for (unsigned i = 0; i < kGroup * sizeof(T) / 16; ++i) target[i] = source[i];
#else
  for (int i = 0; i < kGroup; ++i) p[i] = raw[i];
#endif
}

/// Stores eight small whole numbers (0..255) as bytes, 8-byte aligned.
LIMPID_HD void store_bytes(std::uint8_t* p, Group x) {
  alignas(8) std::uint8_t raw[kGroup];
  LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) raw[i] = static_cast<std::uint8_t>(x[i]);
#if defined(__CUDA_ARCH__)
  // One 8-byte access; of a memcpy nvcc makes eight.
  *reinterpret_cast<TwoWords*>(p) = *reinterpret_cast<const TwoWords*>(raw);
#else
  memcpy(p, raw, kGroup);
#endif
}

/// Eight bytes, one per lane.
struct alignas(8) GroupBytes {
  std::uint8_t lane[kGroup];
};

/// p is 8-byte aligned.
LIMPID_HD GroupBytes load_bytes(const std::uint8_t* p) {
  GroupBytes bytes;
#if defined(__CUDA_ARCH__)
  *reinterpret_cast<TwoWords*>(&bytes) = load_two_words(p);
#else
  memcpy(&bytes, p, sizeof bytes);
#endif
  return bytes;
}

/// Lane by lane: bytes & mask.
LIMPID_HD GroupBytes masked_bytes(GroupBytes bytes, std::uint8_t mask) {
  TwoWords* words = reinterpret_cast<TwoWords*>(&bytes);
  words->x &= mask * 0x01010101U;
  words->y &= mask * 0x01010101U;
  return bytes;
}

/// Lane by lane: bytes == index ? x : 0.
LIMPID_HD Group select_byte(const GroupBytes& bytes, int index, Group x) {
  LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) x[i] = bytes.lane[i] == index ? x[i] : 0.0F;
  return x;
}

/// Lanes [8 + Shift, 16 + Shift) of the 24 channels before, middle, after; -8 < Shift < 8.
template <int Shift>
LIMPID_HD Group shifted(Group before, Group middle, Group after) {
  Group r;
  LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) {
    const int lane = i + Shift;
    r[i] = lane < 0 ? before[lane & 7] : lane < kGroup ? middle[lane & 7] : after[lane & 7];
  }
  return r;
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

/// Lane by lane: x <= limit ? a : b, so b where x is NaN.
inline Group select_at_most(Group x, Group limit, Group a, Group b) {
  return x <= limit ? a : b;
}

/// Lane by lane: witness is NaN ? witness : x.
inline Group poison(Group x, Group witness) {
  return witness == witness ? x : witness;
}

inline Group square_root(Group x) {
  for (int i = 0; i < kGroup; ++i) x[i] = __builtin_sqrtf(x[i]);
  return x;
}

/// x^(-1/2) for x > 0.
inline Group reciprocal_square_root(Group x) {
  return splat(1.0F) / square_root(x);
}

/// a * b + c, in one rounding where the processor can.
inline Group multiply_add(Group a, Group b, Group c) {
#if defined(__FMA__)
  return _mm256_fmadd_ps(a, b, c);
#else
  return a * b + c;
#endif
}

template <class T>
inline Group load_group(const T* p) {
  Group r{};
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

/// Stores eight small whole numbers (0..255) as bytes.
inline void store_bytes(std::uint8_t* p, Group x) {
  typedef std::uint8_t Bytes __attribute__((vector_size(kGroup)));
  const Bytes bytes = __builtin_convertvector(x, Bytes);
  std::memcpy(p, &bytes, sizeof bytes);
}

/// Eight bytes, one per lane, widened for comparisons.
typedef std::int32_t GroupBytes __attribute__((vector_size(kGroup * sizeof(std::int32_t))));

inline GroupBytes load_bytes(const std::uint8_t* p) {
#if defined(__AVX2__)
  // g++ 12 widens eight bytes one by one; the pool's backward pass spent two thirds of its time there.
  return reinterpret_cast<GroupBytes>(_mm256_cvtepu8_epi32(_mm_loadu_si64(p)));
#else
  return GroupBytes{p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]};
#endif
}

/// Lane by lane: bytes & mask.
inline GroupBytes masked_bytes(GroupBytes bytes, std::uint8_t mask) {
  return bytes & std::int32_t{mask};
}

/// Lane by lane: bytes == index ? x : 0.
inline Group select_byte(GroupBytes bytes, int index, Group x) {
  return (bytes == index) ? x : splat(0.0F);
}

/// Lanes [8 + Shift, 16 + Shift) of the 24 channels before, middle, after; -8 < Shift < 8.
template <int Shift>
inline Group shifted(Group before, Group middle, Group after) {
  typedef std::int32_t Words __attribute__((vector_size(kGroup * sizeof(std::int32_t))));
  constexpr int k = (Shift + kGroup) % kGroup;
  constexpr Words lanes = {k, k + 1, k + 2, k + 3, k + 4, k + 5, k + 6, k + 7};
  return Shift < 0 ? __builtin_shuffle(before, middle, lanes) : __builtin_shuffle(middle, after, lanes);
}
#endif

/// Lane by lane: y <= 0 ? 0 : x, the derivative of a ReLU whose output is y applied to x. A NaN passes on
/// either side: mask_positive(x, x) is a ReLU that does not hide what is not a number.
LIMPID_HD Group mask_positive(Group x, Group y) {
  return select_at_most(y, splat(0.0F), splat(0.0F), x);
}

}  // namespace limpid
