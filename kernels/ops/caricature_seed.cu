// Two launches: sums over the maps, in parts; then values and gradients.
#include "kernels/core/block_reduce.cuh"
#include "kernels/core/group_launch.cuh"
#include "kernels/ops/caricature_seed.body.h"

namespace limpid::cuda {
namespace {

constexpr int kCaricatureSeedThreads = 256;

template <class T>
__global__ void __launch_bounds__(kCaricatureSeedThreads)
    sum_caricature_parts(CaricatureBody<T> body, GroupOrder order, std::int32_t count) {
  const int n = static_cast<int>(blockIdx.y), part = static_cast<int>(blockIdx.x);
  for (int t = 0; t < body.terms_per_image; ++t) {
    const SlotTerm term = body.term(n, t);
    if (term.kind != TermKind::caricature) continue;
    CaricatureSums sums{};
    for (std::int64_t i = std::int64_t{part} * kCaricatureSeedThreads + threadIdx.x; i < count;
         i += kCaricatureParts * kCaricatureSeedThreads) {
      const GroupPlace p = order.place(static_cast<std::int32_t>(i));
      body.add(sums, term, n, p.g, p.h, p.w);
    }
    sums = {block_reduce<kCaricatureSeedThreads>(sums.dot, Add{}),
            block_reduce<kCaricatureSeedThreads>(sums.own, Add{}),
            block_reduce<kCaricatureSeedThreads>(sums.other, Add{})};
    if (threadIdx.x == 0) body.store(n, t, part, sums);
  }
}

/// The first block of each image adds to its values, the others to its gradient.
template <class T>
__global__ void __launch_bounds__(kCaricatureSeedThreads)
    add_values_and_gradient(CaricatureBody<T> body, double* values, int columns, GroupOrder order,
                            std::int32_t count) {
  LIMPID_SHARED(PairTerm, of_term);
  const int n = static_cast<int>(blockIdx.y);
  const std::int64_t i =
      std::int64_t{blockIdx.x} * kCaricatureSeedThreads + threadIdx.x - kCaricatureSeedThreads;
  const bool inside = i >= 0 && i < count;
  const GroupPlace p = order.place(inside ? static_cast<std::int32_t>(i) : 0);
  Group seed = splat(0.0F);
  bool any = false;
  for (int t = 0; t < body.terms_per_image; ++t) {
    const SlotTerm term = body.term(n, t);
    if (term.kind != TermKind::caricature) continue;
    __syncthreads();  // The term before has been read.
    if (threadIdx.x == 0) of_term = body.cosine(term, n, t);
    __syncthreads();
    if (blockIdx.x == 0 && threadIdx.x == 0) {
      values[std::int64_t{n} * columns + term.column] += static_cast<double>(term.weight) * of_term.value;
    }
    if (inside && term.column == 0) {
      seed = seed + body.slope(term, of_term, n, p.g, p.h, p.w);
      any = true;
    }
  }
  if (!any) return;
  T* gradient = body.gradient.at(n, p.g, p.h, p.w);
  store_group(gradient, load_group<T>(gradient) + seed);
}

}  // namespace

void caricature_seed(const Stream& stream, const CaricatureSeed& op) {
  const Tensor& map = op.map;
  const std::int32_t count = checked_groups("caricature_seed", map.n, map.groups, map.h, map.w);
  if (count == 0 || map.n == 0) return;
  if (op.scratch == nullptr) fail_launch("caricature_seed", "it was given no scratch memory");
  const auto images = static_cast<unsigned>(map.n);
  const dim3 parts(kCaricatureParts, images),
      blocks(1 + detail::blocks_of(count, kCaricatureSeedThreads), images);
  const GroupOrder order(map.groups, map.w);
  with_type(map.dtype, [&](auto type) {
    using T = decltype(type);
    const CaricatureBody<T> body{map.as<const T>(), op.gradient.as<T>(), op.terms,
                                 op.scratch,        op.gradient_scale,   op.terms_per_image};
    launch<sum_caricature_parts<T>>(stream, "caricature_seed", parts, kCaricatureSeedThreads, 0, body, order,
                                    count);
    launch<add_values_and_gradient<T>>(stream, "caricature_seed", blocks, kCaricatureSeedThreads, 0, body,
                                       op.values, op.columns, order, count);
  });
}

}  // namespace limpid::cuda
