// Two launches: whether any gradient of an image passes the plain mask, found in parts; then the plain mask
// or the image's rule.
#include "kernels/core/group_launch.cuh"
#include "kernels/ops/relu.body.h"

namespace limpid::cuda {
namespace {

static_assert(kRuledReluParts <= kGroupThreads, "every block looks at all parts of its image at once");

template <class T>
__global__ void __launch_bounds__(kGroupThreads)
    find_passing(RuledReluBody<T> body, const ReluGradient* rules, std::int32_t* found, GroupOrder order,
                 std::int32_t count) {
  const int n = static_cast<int>(blockIdx.y);
  if (rules[n] == ReluGradient::plain || rules[n] == ReluGradient::leaky) return;
  const auto passes = [&](std::int64_t i) {
    if (i >= count) return false;
    const GroupPlace p = order.place(static_cast<std::int32_t>(i));
    return body.any_passes(n, p.g, p.h, p.w);
  };
  int any = 0;
  // An active network answers in the first round.
  for (std::int64_t first = std::int64_t{blockIdx.x} * kGroupThreads; first < count && any == 0;
       first += kRuledReluParts * kGroupThreads) {
    any = __syncthreads_or(passes(first + threadIdx.x) ? 1 : 0);
  }
  if (threadIdx.x == 0) found[n * kRuledReluParts + static_cast<int>(blockIdx.x)] = any;
}

template <class T>
__global__ void __launch_bounds__(kGroupThreads)
    mask_or_rule(ReluMaskBody<T> mask, RuledReluBody<T> ruled, const ReluGradient* rules,
                 const std::int32_t* found, GroupOrder order, std::int32_t count) {
  const int n = static_cast<int>(blockIdx.y);
  const ReluGradient rule = rules[n];
  bool plain = rule == ReluGradient::plain;
  if (!plain && rule != ReluGradient::leaky) {
    const int part = static_cast<int>(threadIdx.x);
    plain = __syncthreads_or(part < kRuledReluParts ? found[n * kRuledReluParts + part] : 0) != 0;
  }
  const std::int64_t i = std::int64_t{blockIdx.x} * kGroupThreads + threadIdx.x;
  if (i >= count) return;
  const GroupPlace p = order.place(static_cast<std::int32_t>(i));
  if (plain) {
    mask(n, p.g, p.h, p.w);
  } else {
    ruled(rule, n, p.g, p.h, p.w);
  }
}

}  // namespace

void ruled_relu(const Stream& stream, const RuledRelu& op) {
  const std::int32_t count = checked_groups("ruled_relu", op.y.n, op.y.groups, op.y.h, op.y.w);
  if (count == 0 || op.y.n == 0) return;
  if (op.scratch == nullptr) fail_launch("ruled_relu", "it was given no scratch memory");
  const auto images = static_cast<unsigned>(op.y.n);
  const dim3 parts(kRuledReluParts, images), blocks(detail::blocks_of(count, kGroupThreads), images);
  const GroupOrder order(op.y.groups, op.y.w);
  with_type(op.y.dtype, [&](auto type) {
    using T = decltype(type);
    const ReluMaskBody<T> mask(ReluMask{op.gradient, op.y});
    const RuledReluBody<T> ruled{op.gradient.as<T>(), op.y.as<const T>()};
    launch<find_passing<T>>(stream, "ruled_relu", parts, kGroupThreads, 0, ruled, op.rules, op.scratch, order,
                            count);
    launch<mask_or_rule<T>>(stream, "ruled_relu", blocks, kGroupThreads, 0, mask, ruled, op.rules, op.scratch,
                            order, count);
  });
}

}  // namespace limpid::cuda
