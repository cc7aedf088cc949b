#include <type_traits>

#include "kernels/core/group_launch.cuh"
#include "kernels/ops/max_pool.body.h"
#include "kernels/ops/max_pool_pairs.cuh"
#include "kernels/ops/max_pool_tile.body.h"

namespace limpid::cuda {
namespace {

template <class T, int Stride, int Rows, int Size = 3>
void max_pool_fprop_by_window(const Stream& stream, const MaxPoolFprop& op) {
  using Tile =
      std::conditional_t<std::is_same_v<T, float>, MaxPoolFpropTile<MapSource<T>, Stride, Rows, Size>,
                         MaxPoolFpropPairs<PairSource<T>, Stride, Rows, Size>>;
  const Tile tile{{op.x.as<const T>()}, op.y.as<T>(), op.argmax, op.window.before_h, op.window.before_w};
  for_each_group(stream, "max_pool_fprop", op.y.n, op.y.groups, tile.tiles(op.y.h), op.y.w, tile);
}

template <class T, int Stride, int Rows, int Columns, int Size = 3>
void max_pool_bprop_by_window(const Stream& stream, const MaxPoolBprop& op) {
  const MaxPoolBpropTile<T, Stride, Rows, Columns, Size> tile{
      op.dy.as<const T>(), op.dx.as<T>(),      op.argmax,     op.relu_output.as<const T>(),
      op.window.before_h,  op.window.before_w, op.accumulate, compared_bits(op)};
  for_each_group(stream, "max_pool_bprop", op.dx.n, op.dx.groups, tile.tiles_h(), tile.tiles_w(), tile);
}

}  // namespace

void max_pool_fprop(const Stream& stream, const MaxPoolFprop& op) {
  const bool many = fills_device(op.y);
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    if (op.window.size == 2) {
      max_pool_fprop_by_window<T, 2, 1, 2>(stream, op);
    } else if (op.window.stride == 1) {
      many ? max_pool_fprop_by_window<T, 1, 4>(stream, op) : max_pool_fprop_by_window<T, 1, 1>(stream, op);
    } else {
      many ? max_pool_fprop_by_window<T, 2, 2>(stream, op) : max_pool_fprop_by_window<T, 2, 1>(stream, op);
    }
  });
}

void max_pool_bprop(const Stream& stream, const MaxPoolBprop& op) {
  const bool many = fills_device(op.dx);
  with_type(op.dx.dtype, [&](auto type) {
    using T = decltype(type);
    if (op.window.size == 2) {
      max_pool_bprop_by_window<T, 2, 2, 2, 2>(stream, op);
    } else if (op.window.stride == 1) {
      many ? max_pool_bprop_by_window<T, 1, 4, 1>(stream, op)
           : max_pool_bprop_by_window<T, 1, 1, 1>(stream, op);
    } else {
      max_pool_bprop_by_window<T, 2, 2, 2>(stream, op);
    }
  });
}

void max_pool_jvp(const Stream& stream, const MaxPoolJvp& op) {
  with_type(op.dx.dtype, [&](auto type) {
    using T = decltype(type);
    const MaxPoolJvpBody<T> body{op.dx.as<const T>(), op.dy.as<T>(), op.argmax, op.window};
    for_each_group(stream, "max_pool_jvp", op.dy.n, op.dy.groups, op.dy.h, op.dy.w, body);
  });
}

}  // namespace limpid::cuda
