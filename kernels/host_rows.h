// Rows of values between a caller's memory and the processor's own maps: what has to be fast around a pass.
#pragma once

#include <array>
#include <cstdint>

namespace limpid {

/// to[i] = scale * from[i * stride] + offset for 0 <= i < count, rounded once.
void scale_row(const float* from, std::int64_t stride, float scale, float offset, float* to, int count);

/// to[i * stride] = factor * from[i] for 0 <= i < count.
void spread_row(const float* from, float factor, float* to, std::int64_t stride, int count);

/// Rows of four channels, pixels side by side, into a map that has the channels of a pixel side by side:
/// to[i * pixel + c] = factor * from[c][i].
void interleave_rows(const std::array<const float*, 4>& from, float factor, float* to, std::int64_t pixel,
                     int count);

/// The way back: to[c][i] = factor * from[i * pixel + c].
void separate_rows(const float* from, std::int64_t pixel, float factor, const std::array<float*, 4>& to,
                   int count);

}  // namespace limpid
