// dL/dx[h, w, c] = sum over r, s, k of dy[p, q, k] filter[k, c, r, s] where h = 2p + r - pad, w = 2q + s -
// pad: each pixel gathers from the taps of its own phase (h mod 2, w mod 2), so nothing is written twice and
// no tap is wasted.
#include <vector>

#include "kernels/conv/device_buffer.h"
#include "kernels/conv/stem_dgrad_cuda.h"
#include "kernels/core/group.h"
#include "kernels/core/group_launch.cuh"

namespace limpid::cuda {
namespace {

constexpr int kStride = 2;
constexpr int kChannels = 3;                      // Of the eight, those that are there.
constexpr int kGroupFloats = kGroup * kChannels;  // Filter of one tap and channel group.
constexpr int kLanes = 32;
constexpr int kRows = 4;
constexpr int kThreads = kLanes * kStride * kRows;
constexpr int kSharedFloats = 48 * 1024 / static_cast<int>(sizeof(float));

/// A thread owns kPixels neighbouring pixels of one phase, two apart, which meet the same taps with
/// neighbouring pixels of dy: each filter value read from shared memory is used kPixels times. The 32 threads
/// of a warp share phase and row, so they take the same branches and read the same filter values.
template <class T, int kPixels>
__global__ void __launch_bounds__(kThreads)
    stem_dgrad(GroupView<const T> dy, GroupView<T> dx, Window window, const float* __restrict__ filter) {
  LIMPID_DYNAMIC_SHARED(float4, shared);  // R x S x K/8 x 8 x 3.
  const int taps = window.size * window.size;
  const int filter_vectors = taps * dy.groups * kGroupFloats / 4;
  const int thread = static_cast<int>((threadIdx.z * kStride + threadIdx.y) * kLanes + threadIdx.x);
  for (int i = thread; i < filter_vectors; i += kThreads) {
    shared[i] = __ldg(reinterpret_cast<const float4*>(filter) + i);
  }
  __syncthreads();

  const int n = static_cast<int>(blockIdx.z);
  const int h = static_cast<int>(blockIdx.y * kRows + threadIdx.z);
  const int column = static_cast<int>(blockIdx.x * kLanes + threadIdx.x);
  const int w = column * kPixels * kStride + static_cast<int>(threadIdx.y);
  if (h >= dx.h || w >= dx.w) return;

  float sum[kPixels][kChannels] = {};
  for (int r = (h + window.before_h) % kStride; r < window.size; r += kStride) {
    const int p = (h + window.before_h - r) / kStride;  // Exact, for the difference is even.
    if (h + window.before_h < r || p >= dy.h) continue;
    for (int s = (w + window.before_w) % kStride; s < window.size; s += kStride) {
      const int q = (w + window.before_w - s) / kStride;  // Exact; negative left of the map.
      const float4* tap = shared + (r * window.size + s) * dy.groups * (kGroupFloats / 4);
      for (int g = 0; g < dy.groups; ++g) {
        Group gradient[kPixels];
#pragma unroll
        for (int i = 0; i < kPixels; ++i) {
          const bool inside = q + i >= 0 && q + i < dy.w;
          gradient[i] = inside ? load_group(dy.at(n, g, p, q + i)) : splat(0.0F);
        }
        float weight[kGroupFloats];
#pragma unroll
        for (int v = 0; v < kGroupFloats / 4; ++v) {
          const float4 four = tap[g * (kGroupFloats / 4) + v];
          weight[4 * v] = four.x;
          weight[4 * v + 1] = four.y;
          weight[4 * v + 2] = four.z;
          weight[4 * v + 3] = four.w;
        }
#pragma unroll
        for (int k = 0; k < kGroup; ++k) {
#pragma unroll
          for (int i = 0; i < kPixels; ++i) {
#pragma unroll
            for (int c = 0; c < kChannels; ++c) {
              sum[i][c] = fmaf(gradient[i][k], weight[k * kChannels + c], sum[i][c]);
            }
          }
        }
      }
    }
  }
#pragma unroll
  for (int i = 0; i < kPixels; ++i) {
    if (w + i * kStride >= dx.w) break;
    Group pixel = splat(0.0F);
#pragma unroll
    for (int c = 0; c < kChannels; ++c) pixel[c] = sum[i][c];
    store_group(dx.at(n, 0, h, w + i * kStride), pixel);
  }
}

/// Floats of the filter as the kernel keeps it.
int filter_floats(const ConvShape& shape) {
  return shape.window.size * shape.window.size * shape.k * kChannels;
}

/// K x C x R x S as R x S x K x 3.
std::vector<float> pack_filter(const ConvShape& shape, const float* weights) {
  const int taps = shape.window.size * shape.window.size;
  std::vector<float> result(static_cast<std::size_t>(filter_floats(shape)));
  for (int k = 0; k < shape.k; ++k) {
    for (int c = 0; c < kChannels; ++c) {
      for (int tap = 0; tap < taps; ++tap) {
        result[static_cast<std::size_t>((tap * shape.k + k) * kChannels + c)] =
            weights[(static_cast<std::int64_t>(k) * shape.c + c) * taps + tap];
      }
    }
  }
  return result;
}

class StemDgradPlan final : public ConvPlan {
 public:
  StemDgradPlan(const Stream& stream, const ConvRequest& request, const ConvFilter& filter)
      : shape_(request.shape),
        filter_(
            upload_filter(stream, request.layer, DType::f32, pack_filter(request.shape, filter.weights))) {}

  std::size_t workspace_bytes() const override { return 0; }
  std::string algorithm() const override { return "hand: stem dgrad"; }

  void run(const Stream& stream, const Tensor& source, const Tensor& target, void*) override {
    with_type(source.dtype, [&](auto type) {
      using T = decltype(type);
      // Few images leave multiprocessors idle; smaller shares then end sooner. Each pixel's sum is the same.
      if (source.n < 3) {
        run<T, 2>(stream, source, target);
      } else {
        run<T, 4>(stream, source, target);
      }
    });
  }

 private:
  template <class T, int kPixels>
  void run(const Stream& stream, const Tensor& source, const Tensor& target) const {
    check_images("stem dgrad", target.n);
    const dim3 block(kLanes, kStride, kRows);
    const dim3 grid(detail::blocks_of(target.w, kLanes * kPixels * kStride),
                    detail::blocks_of(target.h, kRows), static_cast<unsigned>(target.n));
    const std::size_t shared = static_cast<std::size_t>(filter_floats(shape_)) * sizeof(float);
    launch<stem_dgrad<T, kPixels>>(stream, "stem dgrad", grid, block, shared, source.as<const T>(),
                                   target.as<T>(), shape_.window, static_cast<const float*>(filter_.data()));
  }

  ConvShape shape_;
  DeviceBuffer filter_;
};

}  // namespace

bool stem_dgrad_supports(const ConvRequest& request) {
  const ConvShape& s = request.shape;
  return request.direction == ConvDirection::dgrad && !request.accumulate && s.c == kGroup &&
         s.k % kGroup == 0 && s.window.stride == kStride && filter_floats(s) <= kSharedFloats;
}

std::unique_ptr<ConvPlan> make_stem_dgrad(const Stream& stream, const ConvRequest& request,
                                          const ConvFilter& filter) {
  return std::make_unique<StemDgradPlan>(stream, request, filter);
}

}  // namespace limpid::cuda
