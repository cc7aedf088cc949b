#include "kernels/core/block_reduce.cuh"
#include "kernels/core/launch.cuh"
#include "kernels/ops/gradient_norm.body.h"

namespace limpid::cuda {
namespace {

constexpr int kGradientNormThreads = 256;

__global__ void __launch_bounds__(kGradientNormThreads) sum_gradient_parts(GradientNorm op) {
  const int image = static_cast<int>(blockIdx.y), index = static_cast<int>(blockIdx.x);
  const GradientPart part(op, image, index);
  double sum = 0;
#pragma unroll 4
  for (std::int64_t i = part.begin + threadIdx.x; i < part.end; i += kGradientNormThreads)
    sum += part.square(i);
  sum = block_reduce<kGradientNormThreads>(sum, Add{});
  if (threadIdx.x == 0) op.parts[std::int64_t{image} * kGradientNormParts + index] = sum;
}

}  // namespace

void gradient_norm(const Stream& stream, const GradientNorm& op) {
  check_images("gradient_norm", op.images);
  if (op.images == 0 || op.count == 0) return;
  const dim3 parts(kGradientNormParts, static_cast<unsigned>(op.images));
  launch<sum_gradient_parts>(stream, "gradient_norm", parts, kGradientNormThreads, 0, op);
  for_each(stream, "gradient_norm", op.images, GradientFactorBody{op});
}

}  // namespace limpid::cuda
