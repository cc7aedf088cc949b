#include "kernels/core/group_launch.cuh"
#include "kernels/ops/global_average_pool.body.h"

namespace limpid::cuda {
namespace {

// One block sums the pixels of 32 neighbouring channel groups in eight shares.
constexpr int kGroups = 32;
constexpr int kShares = 8;

template <class T>
__global__ void __launch_bounds__(kGroups* kShares) average(GlobalAveragePoolFpropBody<T> body) {
  // Lanes apart: neighbouring threads, neighbouring banks.
  LIMPID_SHARED(float[kShares][kGroup][kGroups], shared);
  const int lane = static_cast<int>(threadIdx.x), share = static_cast<int>(threadIdx.y);
  const int g = static_cast<int>(blockIdx.x) * kGroups + lane, n = static_cast<int>(blockIdx.y);
  if (g < body.x.groups) {
    const Group sum = body.sum(n, g, share, kShares);
    for (int i = 0; i < kGroup; ++i) shared[share][i][lane] = sum[i];
  }
  __syncthreads();
  if (share > 0 || g >= body.x.groups) return;
  Group sum = splat(0.0F);
  for (int s = 0; s < kShares; ++s) {
    for (int i = 0; i < kGroup; ++i) sum[i] += shared[s][i][lane];
  }
  body.write(n, g, sum);
}

}  // namespace

void global_average_pool_fprop(const Stream& stream, const GlobalAveragePoolFprop& op) {
  check_images("global_average_pool_fprop", op.x.n);
  if (op.x.n == 0 || op.x.groups == 0) return;
  const dim3 block(kGroups, kShares);
  const dim3 grid(detail::blocks_of(op.x.groups, kGroups), static_cast<unsigned>(op.x.n));
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    const GlobalAveragePoolFpropBody<T> body{op.x.as<const T>(), op.y.as<T>()};
    launch<average<T>>(stream, "global_average_pool_fprop", grid, block, 0, body);
  });
}

void global_average_pool_bprop(const Stream& stream, const GlobalAveragePoolBprop& op) {
  with_type(op.dx.dtype, [&](auto type) {
    using T = decltype(type);
    const GlobalAveragePoolBpropBody<T> body{op.dy.as<const T>(), op.dx.as<T>(), op.relu_output.as<const T>(),
                                             op.accumulate};
    for_each_group(stream, "global_average_pool_bprop", op.dx.n, op.dx.groups, op.dx.h, op.dx.w, body);
  });
}

}  // namespace limpid::cuda
