// One block per pixel.
#include "kernels/core/block_reduce.cuh"
#include "kernels/core/launch.cuh"
#include "kernels/core/tensor.h"
#include "kernels/ops/top_k.body.h"
#include "kernels/ops/top_k.h"

namespace limpid::cuda {
namespace {

constexpr int kTopKThreads = 128;

template <class T>
__global__ void __launch_bounds__(kTopKThreads) top_k_block(GroupView<T> y, int kept) {
  const int h = static_cast<int>(blockIdx.x) / y.w, w = static_cast<int>(blockIdx.x) % y.w;
  const int n = static_cast<int>(blockIdx.y), first = static_cast<int>(threadIdx.x);
  const auto count = [&](const TopKRule& rule) {
    int sum = 0;
    for (int g = first; g < y.groups; g += kTopKThreads) {
      sum += count_kept(rule, load_group<T>(y.at(n, g, h, w)), g * kGroup);
    }
    return block_reduce<kTopKThreads>(sum, Add{});
  };
  const TopKRule rule = find_top_k(kept, y.groups * kGroup, count);
  for (int g = first; g < y.groups; g += kTopKThreads) {
    T* values = y.at(n, g, h, w);
    store_group(values, keep_by(rule, load_group<T>(values), g * kGroup));
  }
}

}  // namespace

void top_k(const Stream& stream, const TopK& op) {
  check_images("top_k", op.y.n);
  const std::int64_t pixels = std::int64_t{op.y.h} * op.y.w;
  check_index_range("top_k", pixels);
  if (pixels == 0 || op.y.n == 0) return;
  with_type(op.y.dtype, [&](auto type) {
    using T = decltype(type);
    const dim3 grid(static_cast<unsigned>(pixels), static_cast<unsigned>(op.y.n));
    launch<top_k_block<T>>(stream, "top_k", grid, kTopKThreads, 0, op.y.as<T>(), op.kept);
  });
}

}  // namespace limpid::cuda
