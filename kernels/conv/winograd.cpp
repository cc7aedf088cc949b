// Winograd convolution for stride 1 and filters of 3x3 or 5x5 (Lavin & Gray 2016).
//
// Both F(4x4, 3x3) and F(2x2, 5x5) interpolate at 0, +-3/4, +-3/2 and infinity over 6 x 6 input tiles, so
// they share the input transform and the 36 matrix products and differ only in the filter and output
// transforms. They spend 36 multiplications where the direct form spends 144 and 100. With these points the
// error is half that of the usual 0, +-1, +-2 (relative L2 5.3e-7 against 1.1e-6 for 64 channels, where
// direct summation has 4.3e-7), for the transforms' largest and smallest weights lie closer together;
// Barabasz et al. 2020 explain why.
//
// Three phases: V = B^T d B for every tile; then, for each panel of 16 output channels and block of tiles, 36
// products M = V U followed at once by y = A^T M A, so that M stays in the L2 cache.
#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <vector>

#include "kernels/conv/cpu_conv.h"
#include "kernels/core/aligned.h"
#include "kernels/core/error.h"
#include "kernels/core/group.h"
#include "kernels/core/parallel.h"

namespace limpid::cpu {
namespace {

constexpr int kTile = 6;
constexpr int kPoints = kTile * kTile;
constexpr int kPanel = 16;       // Output channels per matrix product: two registers.
constexpr int kRows = 6;         // Tiles per register block: 6 x 2 accumulators, 2 filters, 1 broadcast.
constexpr int kBlockTiles = 64;  // M of a block is 36 x 64 x 16 floats = 147 KB: it stays in L2.

// The points are 0, +-kNear, +-kFar and infinity.
constexpr double kNear = 0.75;
constexpr double kFar = 1.5;
constexpr double kNear2 = kNear * kNear;
constexpr double kFar2 = kFar * kFar;

inline Group constant(double x) {
  return splat(static_cast<float>(x));
}

/// Column-wise G of F(6 - R + 1, R): row i evaluates the filter polynomial at point i over the Lagrange
/// denominator.
template <int R>
std::array<std::array<double, R>, kTile> filter_transform() {
  constexpr std::array<double, 5> points = {0, kNear, -kNear, kFar, -kFar};
  constexpr double near_denominator = 2 * kNear2 * (kNear2 - kFar2);
  constexpr double far_denominator = 2 * kFar2 * (kFar2 - kNear2);
  constexpr std::array<double, 5> denominators = {kNear2 * kFar2, near_denominator, near_denominator,
                                                  far_denominator, far_denominator};
  std::array<std::array<double, R>, kTile> g{};
  for (std::size_t i = 0; i < points.size(); ++i) {
    double power = 1;
    for (std::size_t j = 0; j < R; ++j) {
      g[i][j] = power / denominators[i];
      power *= points[i];
    }
  }
  g[kTile - 1][R - 1] = 1;
  return g;
}

/// B^T d for one column, 6 values at `stride`. Row i holds the coefficients of the product of (x - p) over
/// the other points.
inline void transform_input_column(const Group* d, int stride, Group* out) {
  const Group d0 = d[0], d1 = d[stride], d2 = d[2 * stride], d3 = d[3 * stride], d4 = d[4 * stride],
              d5 = d[5 * stride];
  const Group near_even = d4 - constant(kFar2) * d2;
  const Group near_odd = constant(kNear) * (d3 - constant(kFar2) * d1);
  const Group far_even = d4 - constant(kNear2) * d2;
  const Group far_odd = constant(kFar) * (d3 - constant(kNear2) * d1);
  out[0] = constant(kNear2 * kFar2) * d0 - constant(kNear2 + kFar2) * d2 + d4;
  out[stride] = near_even + near_odd;
  out[2 * stride] = near_even - near_odd;
  out[3 * stride] = far_even + far_odd;
  out[4 * stride] = far_even - far_odd;
  out[5 * stride] = constant(kNear2 * kFar2) * d1 - constant(kNear2 + kFar2) * d3 + d5;
}

/// A^T m for one column: 6 values at `stride`, `Out` results at `out_stride`. Row i holds the points' i-th
/// powers.
template <int Out>
inline void transform_output_column(const Group* m, int stride, Group* out, int out_stride) {
  const Group near_sum = m[stride] + m[2 * stride];
  const Group near_difference = m[stride] - m[2 * stride];
  const Group far_sum = m[3 * stride] + m[4 * stride];
  const Group far_difference = m[3 * stride] - m[4 * stride];
  out[0] = m[0] + near_sum + far_sum;
  const Group first = constant(kNear) * near_difference + constant(kFar) * far_difference;
  if constexpr (Out == 2) {
    out[out_stride] = first + m[5 * stride];
  } else {
    out[out_stride] = first;
    out[2 * out_stride] = constant(kNear2) * near_sum + constant(kFar2) * far_sum;
    out[3 * out_stride] =
        constant(kNear2 * kNear) * near_difference + constant(kFar2 * kFar) * far_difference + m[5 * stride];
  }
}

/// m (Rows x Vectors*8) = or += v (Rows x c_count, rows `v_stride` apart) * u (c_count x Vectors*8). The sum
/// over c runs in order whatever Rows is, so a tile's result does not depend on its neighbours.
template <int Rows, int Vectors>
void multiply(const float* v, std::int64_t v_stride, int c_count, const float* u, float* m, bool accumulate) {
  Group sum[Rows][Vectors] = {};
  for (int c = 0; c < c_count; ++c) {
    Group filter[Vectors];
#pragma GCC unroll 2
    for (int j = 0; j < Vectors; ++j) filter[j] = load_group(u + (c * Vectors + j) * kGroup);
#pragma GCC unroll 6
    for (int i = 0; i < Rows; ++i) {
      const Group value = splat(v[i * v_stride + c]);
#pragma GCC unroll 2
      for (int j = 0; j < Vectors; ++j) sum[i][j] = multiply_add(value, filter[j], sum[i][j]);
    }
  }
#pragma GCC unroll 6
  for (int i = 0; i < Rows; ++i) {
#pragma GCC unroll 2
    for (int j = 0; j < Vectors; ++j) {
      float* target = m + (i * Vectors + j) * kGroup;
      store_group(target, accumulate ? load_group(target) + sum[i][j] : sum[i][j]);
    }
  }
}

/// Input channels summed at a time. Most of a Winograd convolution's error is the rounding of this sum:
/// relative L2 for 64 channels is 5.2e-7 in one run, 4.1e-7 in shares of 32, 3.5e-7 in shares of 16; direct
/// summation has 3.9e-7. Shares of 16 cost 5 % of the time, shares of 32 nothing that could be measured.
constexpr int kShare = 32;

/// m (rows x Vectors*8) = v (rows x c_count) * u.
template <int Vectors>
void multiply_rows(int rows, const float* v, int c_count, const float* u, float* m) {
  constexpr std::array kernels = {multiply<1, Vectors>, multiply<2, Vectors>, multiply<3, Vectors>,
                                  multiply<4, Vectors>, multiply<5, Vectors>, multiply<6, Vectors>};
  // Rows outside, shares inside: V comes from the L3 cache, whose prefetcher wants it in order.
  for (int first = 0; first < rows; first += kRows) {
    const int count = std::min(kRows, rows - first);
    for (int c = 0; c < c_count; c += kShare) {
      kernels[static_cast<std::size_t>(count - 1)](v + std::int64_t{first} * c_count + c, c_count,
                                                   std::min(kShare, c_count - c), u + c * Vectors * kGroup,
                                                   m + first * Vectors * kGroup, c > 0);
    }
  }
}

template <int R>
class WinogradConv final : public ConvPlan {
 public:
  static constexpr int kOut = kTile - R + 1;

  WinogradConv(const CpuConvRequest& request, const ConvFilter& filter)
      : request_(request),
        tiles_h_((request.shape.p + kOut - 1) / kOut),
        tiles_w_((request.shape.q + kOut - 1) / kOut),
        tiles_(request.batch * tiles_h_ * tiles_w_),
        filter_(filter_floats()),
        bias_(static_cast<std::size_t>(request.shape.k)) {
    transform_filter(filter.weights);
    if (filter.bias != nullptr) std::copy_n(filter.bias, request.shape.k, bias_.data());
  }

  std::size_t workspace_bytes() const override {
    const std::size_t transformed =
        std::size_t{kPoints} * static_cast<std::size_t>(tiles_ * request_.shape.c);
    return sizeof(float) * (transformed + static_cast<std::size_t>(request_.threads) * block_floats());
  }

  std::string algorithm() const override { return R == 3 ? "winograd F(4x4,3x3)" : "winograd F(2x2,5x5)"; }

  void run(const Stream& stream, const Tensor& source, const Tensor& target, void* workspace) override {
    auto* transformed = static_cast<float*>(workspace);
    float* blocks = transformed + std::int64_t{kPoints} * tiles_ * request_.shape.c;
    const auto x = source.as<const float>();
    const auto y = target.as<float>();
    const int tiles = x.n * tiles_h_ * tiles_w_;
    parallel_for(stream, std::int64_t{tiles} * x.groups, [&](std::int64_t i) {
      transform_input(x, static_cast<int>(i / x.groups), static_cast<int>(i % x.groups), transformed);
    });
    const int block_count = (tiles + kBlockTiles - 1) / kBlockTiles;
    parallel_for_worker(stream, std::int64_t{panels()} * block_count, [&](std::int64_t i, int worker) {
      float* block = blocks + worker * static_cast<std::int64_t>(block_floats());
      const int b = static_cast<int>(i % block_count);
      const int first = static_cast<int>(std::int64_t{tiles} * b / block_count);
      const int last = static_cast<int>(std::int64_t{tiles} * (b + 1) / block_count);
      multiply_block(transformed, static_cast<int>(i / block_count), first, last, block, y);
    });
  }

 private:
  int panels() const { return (request_.shape.k + kPanel - 1) / kPanel; }
  int panel_width(int panel) const { return std::min(kPanel, request_.shape.k - panel * kPanel); }
  std::size_t block_floats() const { return std::size_t{kPoints} * kBlockTiles * kPanel; }
  std::size_t filter_floats() const {
    return std::size_t{kPoints} * static_cast<std::size_t>(request_.shape.c) *
           static_cast<std::size_t>(request_.shape.k);
  }

  /// Panels one after the other; within a panel points x C x panel width.
  float* filter_panel(int panel, int point) {
    return filter_.data() + std::int64_t{kPoints} * request_.shape.c * panel * kPanel +
           std::int64_t{point} * request_.shape.c * panel_width(panel);
  }
  const float* filter_panel(int panel, int point) const {
    return const_cast<WinogradConv*>(this)->filter_panel(panel, point);
  }

  void transform_filter(const float* weights) {
    const auto g = filter_transform<R>();
    for (int k = 0; k < request_.shape.k; ++k) {
      for (int c = 0; c < request_.shape.c; ++c) {
        const float* w = weights + (std::int64_t{k} * request_.shape.c + c) * R * R;
        double rows[kTile][R] = {};  // G w
        for (std::size_t i = 0; i < kTile; ++i) {
          for (int s = 0; s < R; ++s) {
            for (std::size_t r = 0; r < R; ++r)
              rows[i][s] += g[i][r] * w[r * R + static_cast<std::size_t>(s)];
          }
        }
        for (std::size_t i = 0; i < kTile; ++i) {
          for (std::size_t j = 0; j < kTile; ++j) {
            double value = 0;
            for (std::size_t s = 0; s < R; ++s) value += rows[i][s] * g[j][s];
            const int panel = k / kPanel;
            filter_panel(panel, static_cast<int>(i * kTile + j))[c * panel_width(panel) + k % kPanel] =
                static_cast<float>(value);
          }
        }
      }
    }
  }

  struct TileOrigin {
    int n, h, w;
  };
  TileOrigin origin(int tile) const {
    return {tile / (tiles_h_ * tiles_w_), tile / tiles_w_ % tiles_h_ * kOut, tile % tiles_w_ * kOut};
  }

  /// V of one tile and channel group: points x tiles x C.
  void transform_input(const GroupView<const float>& x, int tile, int g, float* transformed) const {
    const TileOrigin o = origin(tile);
    const int h0 = o.h - request_.shape.window.before_h;
    const int w0 = o.w - request_.shape.window.before_w;
    Group d[kPoints];
    if (h0 >= 0 && w0 >= 0 && h0 + kTile <= x.h && w0 + kTile <= x.w) {
      const float* corner = x.at(o.n, g, h0, w0);
      for (int i = 0; i < kTile; ++i) {
        for (int j = 0; j < kTile; ++j)
          d[i * kTile + j] = load_group(corner + i * x.stride_h + j * x.stride_w);
      }
    } else {
      for (int i = 0; i < kTile; ++i) {
        for (int j = 0; j < kTile; ++j) {
          const int h = h0 + i;
          const int w = w0 + j;
          const bool inside = h >= 0 && w >= 0 && h < x.h && w < x.w;
          d[i * kTile + j] = inside ? load_group(x.at(o.n, g, h, w)) : splat(0);
        }
      }
    }
    Group columns[kPoints];
    for (int j = 0; j < kTile; ++j) transform_input_column(d + j, kTile, columns + j);
    for (int i = 0; i < kTile; ++i) transform_input_column(columns + i * kTile, 1, d + i * kTile);
    const std::int64_t point_stride = std::int64_t{tiles_} * request_.shape.c;
    float* target = transformed + std::int64_t{tile} * request_.shape.c + g * kGroup;
    for (int i = 0; i < kPoints; ++i) store_group(target + i * point_stride, d[i]);
  }

  void multiply_block(const float* transformed, int panel, int first, int last, float* block,
                      const GroupView<float>& y) const {
    const int width = panel_width(panel);
    const int c = request_.shape.c;
    for (int point = 0; point < kPoints; ++point) {
      const float* v = transformed + (std::int64_t{point} * tiles_ + first) * c;
      float* m = block + std::int64_t{point} * (last - first) * width;
      if (width == kPanel) {
        multiply_rows<2>(last - first, v, c, filter_panel(panel, point), m);
      } else {
        multiply_rows<1>(last - first, v, c, filter_panel(panel, point), m);
      }
    }
    for (int tile = first; tile < last; ++tile) {
      for (int lane = 0; lane < width; lane += kGroup) {
        transform_output(block + std::int64_t{tile - first} * width + lane,
                         std::int64_t{last - first} * width, tile, panel * kPanel + lane, y);
      }
    }
  }

  void transform_output(const float* block, std::int64_t point_stride, int tile, int channel,
                        const GroupView<float>& y) const {
    Group m[kPoints];
    for (int i = 0; i < kPoints; ++i) m[i] = load_group(block + i * point_stride);
    Group columns[kOut * kTile];
    for (int j = 0; j < kTile; ++j) transform_output_column<kOut>(m + j, kTile, columns + j, kTile);
    Group out[kOut * kOut];
    for (int i = 0; i < kOut; ++i) transform_output_column<kOut>(columns + i * kTile, 1, out + i * kOut, 1);

    const TileOrigin o = origin(tile);
    const Group bias = load_group(bias_.data() + channel);
    for (int i = 0; i < std::min(kOut, y.h - o.h); ++i) {
      for (int j = 0; j < std::min(kOut, y.w - o.w); ++j) {
        float* target = y.at(o.n, channel / kGroup, o.h + i, o.w + j);
        Group value = out[i * kOut + j] + bias;
        if (request_.accumulate) value += load_group(target);
        if (request_.relu) value = mask_positive(value, value);
        store_group(target, value);
      }
    }
  }

  CpuConvRequest request_;
  int tiles_h_, tiles_w_;
  int tiles_;  ///< Of a whole batch.
  AlignedFloats filter_;
  AlignedFloats bias_;
};

}  // namespace

bool winograd_supports(const ConvShape& shape) {
  return (shape.window.size == 3 || shape.window.size == 5) && shape.window.stride == 1;
}

std::unique_ptr<ConvPlan> make_winograd_conv(const CpuConvRequest& request, const ConvFilter& filter) {
  if (request.shape.window.size == 3) return std::make_unique<WinogradConv<3>>(request, filter);
  return std::make_unique<WinogradConv<5>>(request, filter);
}

}  // namespace limpid::cpu
