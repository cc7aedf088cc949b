// One block per image: a thousand classes are 126 channel groups, one per thread.
#include "kernels/core/block_reduce.cuh"
#include "kernels/core/launch.cuh"
#include "kernels/core/tensor.h"
#include "kernels/ops/softmax.body.h"
#include "kernels/ops/softmax.h"

namespace limpid::cuda {
namespace {

constexpr int kSoftmaxThreads = 128;

template <class T>
__global__ void __launch_bounds__(kSoftmaxThreads)
    softmax_fprop_block(GroupView<const T> x, GroupView<T> y, int classes) {
  const int n = static_cast<int>(blockIdx.x), first = static_cast<int>(threadIdx.x);
  float largest = -INFINITY;
  for (int g = first; g < x.groups; g += kSoftmaxThreads) {
    largest = largest_logit(load_group(x.at(n, g, 0, 0)), g * kGroup, classes, largest);
  }
  largest = block_reduce<kSoftmaxThreads>(largest, Larger{});

  const auto weights = [&](int g) {
    return softmax_weights(load_group(x.at(n, g, 0, 0)), g * kGroup, classes, largest);
  };
  double sum = 0;
  for (int g = first; g < x.groups; g += kSoftmaxThreads) sum = add_lanes(sum, weights(g));
  sum = block_reduce<kSoftmaxThreads>(sum, Add{});
  // Worked out again: in fp16 the stored weights would be rounded.
  for (int g = first; g < x.groups; g += kSoftmaxThreads) {
    store_group(y.at(n, g, 0, 0), softmax_values(weights(g), sum));
  }
}

template <class T>
__global__ void __launch_bounds__(kSoftmaxThreads)
    softmax_bprop_block(GroupView<const T> y, GroupView<const T> dy, GroupView<T> dx) {
  const int n = static_cast<int>(blockIdx.x), first = static_cast<int>(threadIdx.x);
  double dot = 0;
  for (int g = first; g < y.groups; g += kSoftmaxThreads) {
    dot = add_products(dot, load_group(dy.at(n, g, 0, 0)), load_group(y.at(n, g, 0, 0)));
  }
  dot = block_reduce<kSoftmaxThreads>(dot, Add{});
  for (int g = first; g < y.groups; g += kSoftmaxThreads) {
    store_group(dx.at(n, g, 0, 0),
                softmax_gradient(load_group(y.at(n, g, 0, 0)), load_group(dy.at(n, g, 0, 0)), dot));
  }
}

}  // namespace

void softmax_fprop(const Stream& stream, const SoftmaxFprop& op) {
  if (op.x.n == 0) return;
  with_type(op.x.dtype, [&](auto type) {
    using T = decltype(type);
    launch<softmax_fprop_block<T>>(stream, "softmax_fprop", static_cast<unsigned>(op.x.n), kSoftmaxThreads, 0,
                                   op.x.as<const T>(), op.y.as<T>(), op.classes);
  });
}

void softmax_bprop(const Stream& stream, const SoftmaxBprop& op) {
  if (op.y.n == 0) return;
  with_type(op.y.dtype, [&](auto type) {
    using T = decltype(type);
    launch<softmax_bprop_block<T>>(stream, "softmax_bprop", static_cast<unsigned>(op.y.n), kSoftmaxThreads, 0,
                                   op.y.as<const T>(), op.dy.as<const T>(), op.dx.as<T>());
  });
}

}  // namespace limpid::cuda
