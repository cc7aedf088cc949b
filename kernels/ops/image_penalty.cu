// Two launches: sums over the pictures, in parts; then values and gradients.
#include "kernels/core/block_reduce.cuh"
#include "kernels/core/fastdiv.h"
#include "kernels/core/launch.cuh"
#include "kernels/ops/image_penalty.body.h"

namespace limpid::cuda {
namespace {

constexpr int kImagePenaltyThreads = 256;

/// Takes the index of a channel of a pixel to its place.
struct PixelOrder {
  FastDivisor h, w;

  struct Place {
    int c, y, x;
  };
  __device__ Place place(std::int32_t i) const {
    const FastDivisor::Result row = w.divide(i);
    const FastDivisor::Result plane = h.divide(row.quotient);
    return {plane.quotient, plane.remainder, row.remainder};
  }
};

__global__ void __launch_bounds__(kImagePenaltyThreads)
    sum_penalty_parts(PenaltyBody body, PixelOrder order, std::int32_t count) {
  const int n = static_cast<int>(blockIdx.y), part = static_cast<int>(blockIdx.x);
  for (int t = 0; t < body.terms_per_image; ++t) {
    const PenaltyTerm term = body.term(n, t);
    if (term.kind == TermKind::none) continue;
    double sum = 0;
    for (std::int64_t i = std::int64_t{part} * kImagePenaltyThreads + threadIdx.x; i < count;
         i += kPenaltyParts * kImagePenaltyThreads) {
      const PixelOrder::Place p = order.place(static_cast<std::int32_t>(i));
      sum += body.add(term, n, p.c, p.y, p.x);
    }
    sum = block_reduce<kImagePenaltyThreads>(sum, Add{});
    if (threadIdx.x == 0) *body.part(n, t, part) = sum;
  }
}

__global__ void __launch_bounds__(kImagePenaltyThreads)
    add_penalties_and_gradient(PenaltyBody body, ImagePenalty op, PixelOrder order, std::int32_t count) {
  LIMPID_SHARED(double, value);
  const int n = static_cast<int>(blockIdx.y);
  const std::int64_t i = std::int64_t{blockIdx.x} * kImagePenaltyThreads + threadIdx.x;
  const bool inside = i < count;
  const PixelOrder::Place p = order.place(inside ? static_cast<std::int32_t>(i) : 0);
  double* values = op.values + std::int64_t{n} * op.value_stride * op.columns;
  float* gradient = op.drgb.plane(n, p.c) + std::int64_t{p.y} * op.rgb.w + p.x;
  float sum = inside ? *gradient : 0.0F;
  for (int t = 0; t < body.terms_per_image; ++t) {
    const PenaltyTerm term = body.term(n, t);
    if (term.kind == TermKind::none) continue;
    __syncthreads();  // The value of the term before has been read.
    if (threadIdx.x == 0) {
      value = body.value(term, n, t);
      if (blockIdx.x == 0) values[term.column] += op.value_scale * static_cast<double>(term.weight) * value;
    }
    __syncthreads();
    if (inside && term.column == 0) sum += term.weight * body.slope(term, value, n, p.c, p.y, p.x);
  }
  if (inside) *gradient = sum;
}

}  // namespace

void image_penalty(const Stream& stream, const ImagePenalty& op) {
  const std::int64_t elements = std::int64_t{op.rgb.c} * op.rgb.h * op.rgb.w;
  check_index_range("image_penalty", elements);
  check_images("image_penalty", op.rgb.n);
  if (elements == 0 || op.rgb.n == 0) return;
  const auto count = static_cast<std::int32_t>(elements);
  const auto images = static_cast<unsigned>(op.rgb.n);
  const PenaltyBody body(op);
  const PixelOrder order{FastDivisor(op.rgb.h), FastDivisor(op.rgb.w)};
  launch<sum_penalty_parts>(stream, "image_penalty", dim3(kPenaltyParts, images), kImagePenaltyThreads, 0,
                            body, order, count);
  const dim3 blocks(detail::blocks_of(count, kImagePenaltyThreads), images);
  launch<add_penalties_and_gradient>(stream, "image_penalty", blocks, kImagePenaltyThreads, 0, body, op,
                                     order, count);
}

}  // namespace limpid::cuda
