// How large a picture file may be: what a small file can claim must not decide how much memory is taken.
#pragma once

#include <cstdint>
#include <string>

#include "kernels/core/error.h"

namespace limpid {

inline constexpr std::uint64_t kMaxPictureBytes = 256U << 20U;  ///< Of the file.
inline constexpr int kMaxPictureSide = 16384;
inline constexpr std::int64_t kMaxPicturePixels = 100'000'000;

/// Throws Error{input} naming `origin` and the limit for a file of more bytes.
inline void check_picture_bytes(std::uint64_t bytes, const std::string& origin) {
  if (bytes > kMaxPictureBytes) {
    fail_input("'{}' has {} MiB; picture files of at most {} MiB can be read", origin, bytes >> 20U,
               kMaxPictureBytes >> 20U);
  }
}

/// Throws Error{input} naming `origin` and the limit for dimensions that no picture here may have.
inline void check_picture_size(int height, int width, const std::string& origin) {
  if (height < 1 || width < 1 || height > kMaxPictureSide || width > kMaxPictureSide ||
      std::int64_t{height} * width > kMaxPicturePixels) {
    fail_input("'{}' is {} x {} pixels; at most {} on a side and {} million in all can be read", origin,
               height, width, kMaxPictureSide, kMaxPicturePixels / 1'000'000);
  }
}

}  // namespace limpid
