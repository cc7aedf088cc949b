#include <type_traits>

#include "kernels/core/group_launch.cuh"
#include "kernels/ops/lrn.neighbours.cuh"
#include "kernels/ops/lrn_pool.body.h"
#include "kernels/ops/max_pool_pairs.cuh"

namespace limpid::cuda {
namespace {

/// Where a thread's group is. Neighbouring threads of a warp have neighbouring groups; those within `kEnds` of its ends
/// only compute for the others.
template <int kEnds>
struct WarpPlace {
  static constexpr int kGroupsPerWarp = kWarp - 2 * kEnds;
  static constexpr int kGroupsPerBlock = kGroupThreads / kWarp * kGroupsPerWarp;

  GroupPlace place;  ///< Of a thread beyond the image: its first group, which no other asks.
  bool writes;

  __device__ WarpPlace(const GroupOrder& order, std::int32_t count) {
    const std::int64_t thread = std::int64_t{blockIdx.x} * kGroupThreads + threadIdx.x;
    const int lane = static_cast<int>(threadIdx.x % kWarp);
    const std::int64_t i = thread / kWarp * kGroupsPerWarp + lane - kEnds;
    const bool exists = i >= 0 && i < count;
    place = order.place(exists ? static_cast<std::int32_t>(i) : 0);
    writes = exists && lane >= kEnds && lane < kWarp - kEnds;
  }
};

/// LrnSource, of which each thread of a warp squares its own group alone.
template <class T, int Radius, int Quarters>
struct LrnSourceByWarp {
  using Element = T;
  static constexpr bool kTogether = true;

  GroupView<const T> x;
  LrnConstants constants;

  __device__ int height() const { return x.h; }
  __device__ int width() const { return x.w; }
  __device__ Group group(int n, int g, int h, int w) const {
    const Group own = load_group(x.at(n, g, h, w));
    const GroupTriple squares = with_neighbours<Radius>(own * own, g == 0, g == x.groups - 1);
    return own * lrn_powers<Quarters>(lrn_denominator<Radius>(constants, squares)).minus_beta;
  }
  __device__ HalfPairs pairs(int n, int g, int h, int w) const { return to_pairs<T>(group(n, g, h, w)); }
};

template <class Tile>
__global__ void __launch_bounds__(kGroupThreads) lrn_pool(Tile tile, GroupOrder order, std::int32_t count) {
  const WarpPlace<1> at(order, count);
  tile(static_cast<int>(blockIdx.y), at.place.g, at.place.h, at.place.w, at.writes);
}

template <class T, int Radius, int Quarters>
__global__ void __launch_bounds__(kGroupThreads)
    lrn_pool_back(LrnPoolBpropTile<T> tile, GroupOrder order, std::int32_t count) {
  const WarpPlace<2> at(order, count);
  const int n = static_cast<int>(blockIdx.y), g = at.place.g;
  const bool first = g == 0, last = g == tile.x.groups - 1;
  const auto pooled = tile.pooled(n, g, at.place.h, at.place.w);
#pragma unroll
  for (int r = 0; r < tile.kEdge; ++r) {
#pragma unroll
    for (int c = 0; c < tile.kEdge; ++c) {
      const int h = pooled.h0 + r, w = pooled.w0 + c;
      const Group own = load_group(tile.x.at(n, g, nearest_within(h, tile.x.h), nearest_within(w, tile.x.w)));
      const GroupTriple squares = with_neighbours<Radius>(own * own, first, last);
      const LrnTerm term = lrn_term<Radius, Quarters>(tile.constants, squares, pooled.sum[r][c], own);
      const GroupTriple terms = with_neighbours<Radius>(term.value, first, last);
      if (!at.writes || !tile.pool.holds(h, w)) continue;
      tile.write(n, g, h, w, lrn_gradient<Radius>(tile.constants, terms, term.power, pooled.sum[r][c], own),
                 own);
    }
  }
}

/// Rows of outputs that a thread takes: of `kRows` it normalises 2 kRows + 1 rows, each once.
template <class T, int Radius, int Quarters, int kRows>
void lrn_pool_fprop_by_rows(const Stream& stream, const LrnPoolFprop& op) {
  using Source = LrnSourceByWarp<T, Radius, Quarters>;
  using Tile = std::conditional_t<std::is_same_v<T, float>, MaxPoolFpropTile<Source, kLrnPoolStride, kRows>,
                                  MaxPoolFpropPairs<Source, kLrnPoolStride, kRows>>;
  const Tile tile{
      {op.x.as<const T>(), op.constants}, op.y.as<T>(), op.argmax, op.window.before_h, op.window.before_w};
  const int rows = tile.tiles(op.y.h);
  const std::int32_t count = checked_groups("lrn_pool_fprop", op.y.n, op.y.groups, rows, op.y.w);
  if (count == 0 || op.y.n == 0) return;
  const dim3 grid(detail::blocks_of(count, WarpPlace<1>::kGroupsPerBlock), static_cast<unsigned>(op.y.n));
  launch<lrn_pool<Tile>>(stream, "lrn_pool_fprop", grid, kGroupThreads, 0, tile,
                         GroupOrder(op.y.groups, op.y.w), count);
}

template <class T, int Radius, int Quarters>
void lrn_pool_bprop_by_rule(const Stream& stream, const LrnPoolBprop& op) {
  const LrnPoolBpropTile<T> tile(op);
  const int rows = tile.pool.tiles_h(), columns = tile.pool.tiles_w();
  const std::int32_t count = checked_groups("lrn_pool_bprop", op.x.n, op.x.groups, rows, columns);
  if (count == 0 || op.x.n == 0) return;
  const dim3 grid(detail::blocks_of(count, WarpPlace<2>::kGroupsPerBlock), static_cast<unsigned>(op.x.n));
  launch<lrn_pool_back<T, Radius, Quarters>>(stream, "lrn_pool_bprop", grid, kGroupThreads, 0, tile,
                                             GroupOrder(op.x.groups, columns), count);
}

}  // namespace

void lrn_pool_fprop(const Stream& stream, const LrnPoolFprop& op) {
  const bool many = fills_device(op.y);
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    with_lrn_pool_rules(op.constants, [&](auto radius, auto quarters) {
      many ? lrn_pool_fprop_by_rows<T, radius(), quarters(), 4>(stream, op)
           : lrn_pool_fprop_by_rows<T, radius(), quarters(), 1>(stream, op);
    });
  });
}

void lrn_pool_bprop(const Stream& stream, const LrnPoolBprop& op) {
  with_type(op.dx.dtype, [&](auto type) {
    using T = decltype(type);
    with_lrn_pool_rules(op.constants, [&](auto radius, auto quarters) {
      lrn_pool_bprop_by_rule<T, radius(), quarters()>(stream, op);
    });
  });
}

}  // namespace limpid::cuda
