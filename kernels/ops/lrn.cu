#include "kernels/core/group_launch.cuh"
#include "kernels/ops/lrn.body.h"
#include "kernels/ops/lrn.neighbours.cuh"

namespace limpid::cuda {
namespace {

/// Groups a warp writes: the threads at its ends only work out terms for their neighbours, which is cheaper
/// than that every thread works out three.
constexpr int kGroupsPerWarp = kWarp - 2;

template <class T, int Radius, int Quarters>
__global__ void __launch_bounds__(kGroupThreads)
    bprop_by_warp(LrnBpropBody<T, Radius, Quarters> body, GroupOrder order, std::int32_t count) {
  const std::int64_t thread = std::int64_t{blockIdx.x} * kGroupThreads + threadIdx.x;
  const int lane = static_cast<int>(threadIdx.x % kWarp), n = static_cast<int>(blockIdx.y);
  const std::int64_t i = thread / kWarp * kGroupsPerWarp + lane - 1;
  const bool exists = i >= 0 && i < count;
  // All threads of the warp take part in the exchange; one beyond the image stands for its first group, whose
  // term no other will use.
  const GroupPlace p = order.place(exists ? static_cast<std::int32_t>(i) : 0);
  const auto own = body.term_at(n, p.g, p.h, p.w);
  const GroupTriple terms = with_neighbours<Radius>(own.value, p.g == 0, p.g == body.x.groups - 1);
  if (exists && lane > 0 && lane < kWarp - 1) body.write(n, p.g, p.h, p.w, own.power, terms);
}

template <class T, int Radius, int Quarters>
void lrn_fprop_by_rule(const Stream& stream, const LrnFprop& op) {
  const LrnFpropBody<T, Radius, Quarters> body{op.x.as<const T>(), op.y.as<T>(), op.constants};
  for_each_group(stream, "lrn_fprop", op.x.n, op.x.groups, op.x.h, op.x.w, body);
}

template <class T, int Radius, int Quarters>
void lrn_bprop_by_rule(const Stream& stream, const LrnBprop& op) {
  const LrnBpropBody<T, Radius, Quarters> body{op.x.as<const T>(), op.dy.as<const T>(),
                                               op.dx.as<T>(),      op.relu_output.as<const T>(),
                                               op.constants,       op.accumulate};
  const std::int32_t count = checked_groups("lrn_bprop", op.x.n, op.x.groups, op.x.h, op.x.w);
  if (count == 0 || op.x.n == 0) return;
  constexpr int kGroupsPerBlock = kGroupThreads / kWarp * kGroupsPerWarp;
  const dim3 grid(detail::blocks_of(count, kGroupsPerBlock), static_cast<unsigned>(op.x.n));
  launch<bprop_by_warp<T, Radius, Quarters>>(stream, "lrn_bprop", grid, kGroupThreads, 0, body,
                                             GroupOrder(op.x.groups, op.x.w), count);
}

template <class T, int Radius, int Quarters>
void jvp(const Stream& stream, const LrnJvp& op) {
  const LrnJvpBody<T, Radius, Quarters> body{op.x.as<const T>(), op.dx.as<const T>(), op.dy.as<T>(),
                                             op.constants};
  for_each_group(stream, "lrn_jvp", op.x.n, op.x.groups, op.x.h, op.x.w, body);
}

}  // namespace

void lrn_fprop(const Stream& stream, const LrnFprop& op) {
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    with_lrn_rules(op.constants, [&](auto radius, auto quarters) {
      lrn_fprop_by_rule<T, radius(), quarters()>(stream, op);
    });
  });
}

void lrn_bprop(const Stream& stream, const LrnBprop& op) {
  with_type(op.dx.dtype, [&](auto type) {
    using T = decltype(type);
    with_lrn_rules(op.constants, [&](auto radius, auto quarters) {
      lrn_bprop_by_rule<T, radius(), quarters()>(stream, op);
    });
  });
}

void lrn_jvp(const Stream& stream, const LrnJvp& op) {
  with_type(op.dy.dtype, [&](auto type) {
    using T = decltype(type);
    with_lrn_rules(op.constants,
                   [&](auto radius, auto quarters) { jvp<T, radius(), quarters()>(stream, op); });
  });
}

}  // namespace limpid::cuda
