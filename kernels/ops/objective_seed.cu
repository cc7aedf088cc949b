// One launch: the first block of each image works out its value while the others write its gradient.
#include "kernels/core/block_reduce.cuh"
#include "kernels/core/group_launch.cuh"
#include "kernels/ops/objective_seed.body.h"

namespace limpid::cuda {
namespace {

constexpr int kThreads = 256;

/// The term's value, known to every thread of the block.
template <class T>
__device__ double reduce(const GroupView<const T>& map, const SlotTerm& term, int n) {
  const SeedBox box(term, map);
  const int count = box.groups * box.height * box.width;
  double sum = 0;
  // Loads in flight hide the latency of memory, of which one block has much.
#pragma unroll 4
  for (int i = static_cast<int>(threadIdx.x); i < count; i += kThreads) {
    const int g = i % box.groups, pixel = i / box.groups;
    const int h = pixel / box.width, w = pixel % box.width;
    sum = add_to_seed(sum, term, load_group(map.at(n, box.g + g, box.h + h, box.w + w)));
  }
  return seed_value(term, block_reduce<kThreads>(sum, Add{}), map.h * map.w);
}

template <class T>
__global__ void __launch_bounds__(kThreads)
    value_and_gradient(SeedGradientBody<T> body, double* values, bool accumulate, GroupOrder order,
                       std::int32_t count) {
  const int n = static_cast<int>(blockIdx.y);
  if (blockIdx.x == 0) {
    const double value = reduce(body.map, body.terms[n], n);
    if (threadIdx.x == 0) values[n] = accumulate ? values[n] + value : value;
    return;
  }
  const std::int64_t i = std::int64_t{blockIdx.x - 1} * kThreads + threadIdx.x;
  if (i >= count) return;
  const GroupPlace p = order.place(static_cast<std::int32_t>(i));
  body(n, p.g, p.h, p.w);
}

}  // namespace

void objective_seed(const Stream& stream, const ObjectiveSeed& op) {
  const Tensor& map = op.map;
  const std::int32_t count = checked_groups("objective_seed", map.n, map.groups, map.h, map.w);
  if (map.n == 0) return;
  const dim3 grid(1 + detail::blocks_of(count, kThreads), static_cast<unsigned>(map.n));
  with_type(map.dtype, [&](auto type) {
    using T = decltype(type);
    const SeedGradientBody<T> body{map.as<const T>(), op.gradient.as<T>(), op.terms, op.gradient_scale};
    value_and_gradient<<<grid, kThreads, 0, native(stream)>>>(body, op.values, op.accumulate,
                                                              GroupOrder(map.groups, map.w), count);
  });
  check_launch("objective_seed");
}

}  // namespace limpid::cuda
