#include "kernels/host_rows.h"

#include <cmath>
#include <cstring>
#include <type_traits>

namespace limpid {
namespace {

/// Calls f(stride), with a constant for values side by side: the loop over them then takes several at once.
template <class F>
void with_stride(std::int64_t stride, const F& f) {
  stride == 1 ? f(std::integral_constant<std::int64_t, 1>()) : f(stride);
}

/// Four values as one register holds them.
using Float4 = float __attribute__((vector_size(16)));

Float4 load4(const float* from) {
  Float4 values;
  std::memcpy(&values, from, sizeof values);
  return values;
}

void store4(float* to, Float4 values) {
  std::memcpy(to, &values, sizeof values);
}

/// Row i of the result is column i of the rows.
std::array<Float4, 4> transposed(const std::array<Float4, 4>& rows) {
  const auto& [a, b, c, d] = rows;
  const Float4 ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
  const Float4 ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
  const Float4 cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
  const Float4 cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
  return {__builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5),
          __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7),
          __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5),
          __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7)};
}

}  // namespace

void scale_row(const float* from, std::int64_t stride, float scale, float offset, float* to, int count) {
  with_stride(stride, [&](auto s) {
    for (int i = 0; i < count; ++i) to[i] = std::fma(scale, from[i * s], offset);
  });
}

void spread_row(const float* from, float factor, float* to, std::int64_t stride, int count) {
  with_stride(stride, [&](auto s) {
    for (int i = 0; i < count; ++i) to[i * s] = factor * from[i];
  });
}

void interleave_rows(const std::array<const float*, 4>& from, float factor, float* to, std::int64_t pixel,
                     int count) {
  int i = 0;
  for (; i + 4 <= count; i += 4) {
    const std::array<Float4, 4> pixels =
        transposed({load4(from[0] + i), load4(from[1] + i), load4(from[2] + i), load4(from[3] + i)});
    for (int k = 0; k < 4; ++k) store4(to + (i + k) * pixel, factor * pixels[static_cast<std::size_t>(k)]);
  }
  for (; i < count; ++i) {
    for (std::size_t c = 0; c < 4; ++c) to[i * pixel + static_cast<std::int64_t>(c)] = factor * from[c][i];
  }
}

void separate_rows(const float* from, std::int64_t pixel, float factor, const std::array<float*, 4>& to,
                   int count) {
  int i = 0;
  for (; i + 4 <= count; i += 4) {
    const float* first = from + i * pixel;
    const std::array<Float4, 4> channels =
        transposed({load4(first), load4(first + pixel), load4(first + 2 * pixel), load4(first + 3 * pixel)});
    for (std::size_t c = 0; c < 4; ++c) store4(to[c] + i, factor * channels[c]);
  }
  for (; i < count; ++i) {
    for (std::size_t c = 0; c < 4; ++c) to[c][i] = factor * from[i * pixel + static_cast<std::int64_t>(c)];
  }
}

}  // namespace limpid
