// Blocks of an image are summed side by side, then one after the other.
#include "kernels/core/block_reduce.cuh"
#include "kernels/core/launch.cuh"
#include "kernels/ops/standardise.body.h"

namespace limpid::cuda {
namespace {

constexpr int kStandardiseThreads = 256;

template <class Op>
__global__ void __launch_bounds__(kStandardiseThreads) sum_blocks(Op op) {
  const std::int64_t begin = blockIdx.x * kStandardiseBlock;
  const std::int64_t end = begin + kStandardiseBlock < op.count ? begin + kStandardiseBlock : op.count;
  PartialSums sum{0, 0};
  for (std::int64_t i = begin + threadIdx.x; i < end; i += kStandardiseThreads) {
    sum = sum + standardise_term(op, blockIdx.y * op.count + i);
  }
  const double first = block_reduce<kStandardiseThreads>(sum.first, Add{});
  const double second = block_reduce<kStandardiseThreads>(sum.second, Add{});
  if (threadIdx.x == 0) op.partials[blockIdx.y * gridDim.x + blockIdx.x] = {first, second};
}

template <class Op>
__global__ void __launch_bounds__(kStandardiseThreads) finish_all_sums(Op op) {
  const int image = static_cast<int>(blockIdx.x) * kStandardiseThreads + static_cast<int>(threadIdx.x);
  if (image < op.images) finish_sums(op, image);
}

template <class Op>
void sum_all_blocks(const Stream& stream, const char* name, const Op& op) {
  check_index_range(name, op.count);
  check_images(name, op.images);
  const dim3 grid(static_cast<unsigned>(standardise_blocks(op.count)), static_cast<unsigned>(op.images));
  launch<sum_blocks<Op>>(stream, name, grid, kStandardiseThreads, 0, op);
  launch<finish_all_sums<Op>>(stream, name, detail::blocks_of(op.images, kStandardiseThreads),
                              kStandardiseThreads, 0, op);
}

}  // namespace

void standardise(const Stream& stream, const Standardise& op) {
  if (op.count == 0 || op.images == 0) return;
  sum_all_blocks(stream, "standardise", op);
  for_each_image_element<StandardiseBody>(stream, "standardise", op, op.images, op.count);
}

void standardise_adjoint(const Stream& stream, const StandardiseAdjoint& op) {
  if (op.count == 0 || op.images == 0) return;
  sum_all_blocks(stream, "standardise_adjoint", op);
  for_each_image_element<StandardiseAdjointBody>(stream, "standardise_adjoint", op, op.images, op.count);
}

}  // namespace limpid::cuda
