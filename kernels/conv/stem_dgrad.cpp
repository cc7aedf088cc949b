#include "kernels/conv/stem_dgrad.h"

#include <algorithm>

#include "kernels/core/group.h"
#include "kernels/core/parallel.h"

namespace limpid::cpu {
namespace {

constexpr int kChannels = 3;
constexpr int kColumns = 4;  // Pixels of one phase per register block: 4 x 3 accumulators.

float sum_lanes(Group x) {
  return ((x[0] + x[4]) + (x[2] + x[6])) + ((x[1] + x[5]) + (x[3] + x[7]));
}

using Accumulators = Group[kColumns][kChannels];

/// sum[i][c] += dy[q + i] * filter[c] over all channel groups, for the columns [first, last) of the block.
template <bool Whole>
inline void accumulate_tap(const float* dy, std::int64_t stride_g, std::int64_t stride_w, const float* filter,
                           int groups, int first, int last, Accumulators& sum) {
  for (int g = 0; g < groups; ++g) {
    Group tap[kChannels];
#pragma GCC unroll 3
    for (int c = 0; c < kChannels; ++c) tap[c] = load_group(filter + (g * kChannels + c) * kGroup);
#pragma GCC unroll 4
    for (int i = 0; i < kColumns; ++i) {
      if (!Whole && (i < first || i >= last)) continue;
      const Group gradient = load_group(dy + g * stride_g + i * stride_w);
#pragma GCC unroll 3
      for (int c = 0; c < kChannels; ++c) sum[i][c] = multiply_add(gradient, tap[c], sum[i][c]);
    }
  }
}

}  // namespace

StemDgrad::StemDgrad(const ConvShape& shape, const float* weights) : shape_(shape) {
  const int taps = shape.window.size * shape.window.size;
  filter_ = AlignedFloats(static_cast<std::size_t>(taps * shape.k * kChannels));
  for (int k = 0; k < shape.k; ++k) {
    for (int c = 0; c < kChannels; ++c) {
      for (int tap = 0; tap < taps; ++tap) {
        filter_.data()[((tap * (shape.k / kGroup) + k / kGroup) * kChannels + c) * kGroup + k % kGroup] =
            weights[(k * kChannels + c) * taps + tap];
      }
    }
  }
}

void StemDgrad::run(const Stream& stream, const Tensor& dy, Planar<float> dx) const {
  const auto gradient = dy.as<const float>();
  parallel_for(stream, std::int64_t{dx.n} * dx.h, [&](std::int64_t i) {
    run_row(gradient, dx, static_cast<int>(i / dx.h), static_cast<int>(i % dx.h));
  });
}

void StemDgrad::run_row(const GroupView<const float>& dy, Planar<float> dx, int n, int h) const {
  const Window& window = shape_.window;
  const int groups = shape_.k / kGroup;
  // Pixels w = phase, phase + stride, ... meet the same taps, with neighbouring columns of dy.
  for (int phase = 0; phase < window.stride; ++phase) {
    for (int w = phase; w < dx.w; w += kColumns * window.stride) {
      Accumulators sum = {};
      for (int r = 0; r < window.size; ++r) {
        const int top = h + window.before_h - r;
        if (top < 0 || top % window.stride != 0 || top / window.stride >= dy.h) continue;
        for (int s = (w + window.before_w) % window.stride; s < window.size; s += window.stride) {
          const int q = (w + window.before_w - s) / window.stride;  // Exact; may be negative.
          const int first = std::max(0, -q);
          const int last = std::min(kColumns, dy.w - q);
          const float* source =
              dy.data + n * dy.stride_n + top / window.stride * dy.stride_h + q * dy.stride_w;
          const float* filter =
              filter_.data() + std::int64_t{r * window.size + s} * groups * kChannels * kGroup;
          if (first == 0 && last == kColumns) {
            accumulate_tap<true>(source, dy.stride_g, dy.stride_w, filter, groups, first, last, sum);
          } else {
            accumulate_tap<false>(source, dy.stride_g, dy.stride_w, filter, groups, first, last, sum);
          }
        }
      }
      for (int i = 0; i < kColumns && w + i * window.stride < dx.w; ++i) {
        for (int c = 0; c < kChannels; ++c) {
          dx.plane(n, c)[std::int64_t{h} * dx.w + w + i * window.stride] = sum_lanes(sum[i][c]);
        }
      }
    }
  }
}

}  // namespace limpid::cpu
