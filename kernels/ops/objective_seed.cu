// One launch: the first block of each image works out its values while the others write its gradient.
#include "kernels/core/block_reduce.cuh"
#include "kernels/core/group_launch.cuh"
#include "kernels/ops/objective_seed.body.h"

namespace limpid::cuda {
namespace {

constexpr int kObjectiveSeedThreads = 256;
/// Of a multiprocessor: no more registers than these leave, for most objectives only write.
constexpr int kBlocks = 3;

/// The term's value, known to every thread of the block.
template <class T>
__device__ double reduce(const SeedMap<T>& map, const SlotTerm& term, int n) {
  const SeedBox box(term, map.map);
  const int positions = box.height * box.width;
  double sum = 0;
  if (needs_position(term)) {
    for (int i = static_cast<int>(threadIdx.x); i < positions; i += kObjectiveSeedThreads) {
      sum += map.at_position(term, n, box.h + i / box.width, box.w + i % box.width).value;
    }
  } else {
    // Loads in flight hide the latency of memory, of which one block has much.
#pragma unroll 4
    for (int i = static_cast<int>(threadIdx.x); i < box.groups * positions; i += kObjectiveSeedThreads) {
      const int g = i % box.groups, pixel = i / box.groups;
      sum += map.part(term, n, box.g + g, box.h + pixel / box.width, box.w + pixel % box.width);
    }
  }
  return seed_value(term, block_reduce<kObjectiveSeedThreads>(sum, Add{}), seed_positions(term, map.map));
}

template <class T>
__device__ void write_values(const SeedGradientBody<T>& body, int n, double* values, int columns,
                             bool accumulate) {
  const SlotTerm* terms = body.terms + n * body.terms_per_image;
  for (int column = 0; column < columns; ++column) {
    double sum = 0;
    for (int t = 0; t < body.terms_per_image; ++t) {
      const SlotTerm term = load_term(terms + t);
      if (term.column == column) sum += reduce(body.map, term, n);
    }
    if (threadIdx.x == 0) values[column] = accumulate ? values[column] + sum : sum;
  }
}

template <class T>
__global__ void __launch_bounds__(kObjectiveSeedThreads, kBlocks)
    values_and_gradient(SeedGradientBody<T> body, double* values, int columns, bool accumulate,
                        GroupOrder order, std::int32_t count) {
  const int n = static_cast<int>(blockIdx.y);
  if (blockIdx.x == 0) {
    write_values(body, n, values + std::int64_t{n} * columns, columns, accumulate);
    return;
  }
  const std::int64_t i = std::int64_t{blockIdx.x - 1} * kObjectiveSeedThreads + threadIdx.x;
  if (i >= count) return;
  const GroupPlace p = order.place(static_cast<std::int32_t>(i));
  Group seed = splat(0.0F);
  body.for_each_term(n, [&](const SlotTerm& term) {
    if (needs_position(term) || !SeedBox(term, body.map.map).holds(p.g, p.h, p.w)) return;
    seed = seed + body.map.slope(term, n, p.g, p.h, p.w) * splat(body.scale);
  });
  // Every thread of a position sums over all its channels again: it reads what its neighbours just read.
  body.for_each_term(n, [&](const SlotTerm& term) {
    if (!needs_position(term) || !SeedBox(term, body.map.map).holds(p.g, p.h, p.w)) return;
    const PairTerm position = body.map.at_position(term, n, p.h, p.w);
    seed = seed + body.map.slope(term, position, n, p.g, p.h, p.w) * splat(body.scale);
  });
  store_group(body.gradient.at(n, p.g, p.h, p.w), seed);
}

}  // namespace

void objective_seed(const Stream& stream, const ObjectiveSeed& op) {
  const Tensor& map = op.map;
  const std::int32_t count = checked_groups("objective_seed", map.n, map.groups, map.h, map.w);
  if (map.n == 0) return;
  const dim3 grid(1 + detail::blocks_of(count, kObjectiveSeedThreads), static_cast<unsigned>(map.n));
  with_type(map.dtype, [&](auto type) {
    using T = decltype(type);
    const SeedGradientBody<T> body{
        {map.as<const T>()}, op.gradient.as<T>(), op.terms, op.terms_per_image, op.gradient_scale};
    launch<values_and_gradient<T>>(stream, "objective_seed", grid, kObjectiveSeedThreads, 0, body, op.values,
                                   op.columns, op.accumulate, GroupOrder(map.groups, map.w), count);
  });
}

}  // namespace limpid::cuda
