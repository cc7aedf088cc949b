// Numbers of the types that libraries compute with.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>

namespace emulated {

enum class Number { f32, tf32, f16, bf16 };

inline std::size_t bytes_of(Number type) {
  return type == Number::f32 || type == Number::tf32 ? 4 : 2;
}

/// The i-th at p, tf32 rounded to its ten bits of mantissa.
inline float read_number(const void* p, std::size_t i, Number type) {
  const char* at = static_cast<const char*>(p) + bytes_of(type) * i;
  if (type == Number::f16) {
    _Float16 half;
    std::memcpy(&half, at, sizeof half);
    return static_cast<float>(half);
  }
  std::uint32_t bits = 0;
  if (type == Number::bf16) {
    std::uint16_t upper;
    std::memcpy(&upper, at, sizeof upper);
    bits = std::uint32_t{upper} << 16;
  } else {
    std::memcpy(&bits, at, sizeof bits);
    if (type == Number::tf32 && (bits & 0x7f800000) != 0x7f800000)
      bits = (bits + 0xfff + (bits >> 13 & 1)) & ~0x1fffU;
  }
  float x;
  std::memcpy(&x, &bits, sizeof x);
  return x;
}

/// Rounded to nearest even; tf32 is stored whole.
inline void write_number(void* p, std::size_t i, Number type, float x) {
  char* at = static_cast<char*>(p) + bytes_of(type) * i;
  if (type == Number::f16) {
    const auto half = static_cast<_Float16>(x);
    std::memcpy(at, &half, sizeof half);
  } else if (type == Number::bf16) {
    std::uint32_t bits;
    std::memcpy(&bits, &x, sizeof bits);
    const bool nan = (bits & 0x7fffffff) > 0x7f800000;
    const auto upper =
        static_cast<std::uint16_t>((nan ? bits | 0x400000 : bits + 0x7fff + (bits >> 16 & 1)) >> 16);
    std::memcpy(at, &upper, sizeof upper);
  } else {
    std::memcpy(at, &x, sizeof x);
  }
}

}  // namespace emulated
