// Two launches: whether any gradient of an image passes the plain mask, found in parts; then one mask or the
// other.
#include "kernels/core/group_launch.cuh"
#include "kernels/ops/relu.body.h"

namespace limpid::cuda {
namespace {

static_assert(kRedirectParts <= kGroupThreads, "every block looks at all parts of its image at once");

template <class T>
__global__ void __launch_bounds__(kGroupThreads)
    find_passing(RedirectBody<T> body, const std::int32_t* redirect, std::int32_t* found, GroupOrder order,
                 std::int32_t count) {
  const int n = static_cast<int>(blockIdx.y);
  if (redirect[n] == 0) return;
  const auto passes = [&](std::int64_t i) {
    if (i >= count) return false;
    const GroupPlace p = order.place(static_cast<std::int32_t>(i));
    return body.any_passes(n, p.g, p.h, p.w);
  };
  int any = 0;
  // An active network answers in the first round.
  for (std::int64_t first = std::int64_t{blockIdx.x} * kGroupThreads; first < count && any == 0;
       first += kRedirectParts * kGroupThreads) {
    any = __syncthreads_or(passes(first + threadIdx.x) ? 1 : 0);
  }
  if (threadIdx.x == 0) found[n * kRedirectParts + static_cast<int>(blockIdx.x)] = any;
}

template <class T>
__global__ void __launch_bounds__(kGroupThreads)
    mask_or_redirect(ReluMaskBody<T> mask, RedirectBody<T> redirected, const std::int32_t* redirect,
                     const std::int32_t* found, GroupOrder order, std::int32_t count) {
  const int n = static_cast<int>(blockIdx.y);
  bool plain = redirect[n] == 0;
  if (!plain) {
    const int part = static_cast<int>(threadIdx.x);
    plain = __syncthreads_or(part < kRedirectParts ? found[n * kRedirectParts + part] : 0) != 0;
  }
  const std::int64_t i = std::int64_t{blockIdx.x} * kGroupThreads + threadIdx.x;
  if (i >= count) return;
  const GroupPlace p = order.place(static_cast<std::int32_t>(i));
  if (plain) {
    mask(n, p.g, p.h, p.w);
  } else {
    redirected(n, p.g, p.h, p.w);
  }
}

}  // namespace

void redirected_relu(const Stream& stream, const RedirectedRelu& op) {
  const std::int32_t count = checked_groups("redirected_relu", op.y.n, op.y.groups, op.y.h, op.y.w);
  if (count == 0 || op.y.n == 0) return;
  if (op.scratch == nullptr) fail_launch("redirected_relu", "it was given no scratch memory");
  const auto images = static_cast<unsigned>(op.y.n);
  const dim3 parts(kRedirectParts, images), blocks(detail::blocks_of(count, kGroupThreads), images);
  const GroupOrder order(op.y.groups, op.y.w);
  with_type(op.y.dtype, [&](auto type) {
    using T = decltype(type);
    const ReluMaskBody<T> mask{op.gradient.as<T>(), op.y.as<const T>()};
    const RedirectBody<T> redirected{op.gradient.as<T>(), op.y.as<const T>()};
    find_passing<<<parts, kGroupThreads, 0, native(stream)>>>(redirected, op.redirect, op.scratch, order,
                                                              count);
    check_launch("redirected_relu");
    mask_or_redirect<<<blocks, kGroupThreads, 0, native(stream)>>>(mask, redirected, op.redirect, op.scratch,
                                                                   order, count);
    check_launch("redirected_relu");
  });
}

}  // namespace limpid::cuda
