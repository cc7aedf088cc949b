// Channels of a 16-bit type two by two, as a GPU compares them: both at once, without conversion to fp32.
#pragma once

#include <cuda_bf16.h>
#include <cuda_fp16.h>

#include <cstdint>

#include "kernels/core/dtype.h"
#include "kernels/core/group.h"
#include "kernels/core/tensor.h"
#include "kernels/core/words.h"

namespace limpid::cuda {

inline constexpr int kPairs = kGroup / 2;

/// A channel group: four words of two channels each, or two 16-bit numbers for each pair of channels.
struct HalfPairs {
  std::uint32_t word[kPairs];
};

namespace detail {

/// The toolkit's type, and that of its bits.
template <class T>
struct NativePair;
template <>
struct NativePair<f16> {
  using Type = __half2;
  using Bits = __half2_raw;
};
template <>
struct NativePair<bf16> {
  using Type = __nv_bfloat162;
  using Bits = __nv_bfloat162_raw;
};

template <class T>
__device__ __forceinline__ typename NativePair<T>::Type native_pair(std::uint32_t word) {
  return typename NativePair<T>::Type(__builtin_bit_cast(typename NativePair<T>::Bits, word));
}
template <class T>
__device__ __forceinline__ std::uint32_t word_of(typename NativePair<T>::Type pair) {
  return __builtin_bit_cast(std::uint32_t, static_cast<typename NativePair<T>::Bits>(pair));
}

}  // namespace detail

/// `number` in either half of every word.
__device__ __forceinline__ HalfPairs both_halves(std::uint32_t number) {
  HalfPairs result;
#pragma unroll
  for (int i = 0; i < kPairs; ++i) result.word[i] = number * 0x00010001U;
  return result;
}

/// The larger; of a number and a NaN the number.
template <class T>
__device__ __forceinline__ HalfPairs larger_number(const HalfPairs& a, const HalfPairs& b) {
  HalfPairs result;
#pragma unroll
  for (int i = 0; i < kPairs; ++i) {
    result.word[i] =
        detail::word_of<T>(__hmax2(detail::native_pair<T>(a.word[i]), detail::native_pair<T>(b.word[i])));
  }
  return result;
}

/// The larger; NaN where either is.
template <class T>
__device__ __forceinline__ HalfPairs larger_or_nan(const HalfPairs& a, const HalfPairs& b) {
  HalfPairs result;
#pragma unroll
  for (int i = 0; i < kPairs; ++i) {
    result.word[i] =
        detail::word_of<T>(__hmax2_nan(detail::native_pair<T>(a.word[i]), detail::native_pair<T>(b.word[i])));
  }
  return result;
}

/// All bits of a half where a == b, which no NaN is; none elsewhere.
template <class T>
__device__ __forceinline__ HalfPairs equal_mask(const HalfPairs& a, const HalfPairs& b) {
  HalfPairs result;
#pragma unroll
  for (int i = 0; i < kPairs; ++i) {
    result.word[i] = __heq2_mask(detail::native_pair<T>(a.word[i]), detail::native_pair<T>(b.word[i]));
  }
  return result;
}

/// All bits of a half where a <= b, which no NaN is; none elsewhere.
template <class T>
__device__ __forceinline__ HalfPairs at_most_mask(const HalfPairs& a, const HalfPairs& b) {
  HalfPairs result;
#pragma unroll
  for (int i = 0; i < kPairs; ++i) {
    result.word[i] = __hle2_mask(detail::native_pair<T>(a.word[i]), detail::native_pair<T>(b.word[i]));
  }
  return result;
}

/// Bit by bit: mask ? a : b.
__device__ __forceinline__ HalfPairs choose(const HalfPairs& mask, const HalfPairs& a, const HalfPairs& b) {
  HalfPairs result;
#pragma unroll
  for (int i = 0; i < kPairs; ++i) {
    result.word[i] = (mask.word[i] & a.word[i]) | (~mask.word[i] & b.word[i]);
  }
  return result;
}

/// Sums of 16-bit whole numbers, which do not overflow.
__device__ __forceinline__ HalfPairs operator+(const HalfPairs& a, const HalfPairs& b) {
  HalfPairs result;
#pragma unroll
  for (int i = 0; i < kPairs; ++i) result.word[i] = a.word[i] + b.word[i];
  return result;
}

template <class T>
__device__ __forceinline__ HalfPairs load_pairs(const T* p) {
  static_assert(sizeof(T) == sizeof(std::uint16_t));
  const FourWords v = load_four_words(p, 0);
  return {{v.x, v.y, v.z, v.w}};
}

/// Rounded to the type, as store_group stores them.
template <class T>
__device__ __forceinline__ HalfPairs to_pairs(const Group& x) {
  HalfPairs result;
#pragma unroll
  for (int i = 0; i < kPairs; ++i) {
    const T low = from_f32<T>(x[2 * i]), high = from_f32<T>(x[2 * i + 1]);
    result.word[i] = std::uint32_t{low.bits} | std::uint32_t{high.bits} << 16;
  }
  return result;
}

template <class T>
__device__ __forceinline__ void store_pairs(T* p, const HalfPairs& v) {
  static_assert(sizeof(T) == sizeof(std::uint16_t));
  *reinterpret_cast<FourWords*>(p) = {v.word[0], v.word[1], v.word[2], v.word[3]};
}

/// Eight whole numbers below 256 as bytes.
__device__ __forceinline__ void store_low_bytes(std::uint8_t* p, const HalfPairs& v) {
  constexpr unsigned kEvenBytes = 0x6420;
  *reinterpret_cast<TwoWords*>(p) = {__byte_perm(v.word[0], v.word[1], kEvenBytes),
                                     __byte_perm(v.word[2], v.word[3], kEvenBytes)};
}

}  // namespace limpid::cuda
