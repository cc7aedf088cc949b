#include "kernels/ops/adam.h"

#include <atomic>

#include "kernels/core/elementwise.h"
#include "kernels/ops/adam.body.h"

namespace limpid::cpu {
namespace {

template <bool Scaled>
void update(const Stream& stream, const Adam& op) {
  for_each_image_block(
      stream, op.images * op.planes, op.count, [&](int plane, std::int64_t begin, std::int64_t end) {
        const AdamBody<Scaled> body(op, plane);
        int finite = 1;
#pragma omp simd reduction(& : finite)
        for (std::int64_t i = begin; i < end; ++i) finite &= body(i) ? 1 : 0;
        // Every thread that stores stores the same value; relaxed makes that defined, at no cost.
        if (finite == 0) {
          std::atomic_ref(op.non_finite[plane / op.planes]).store(1, std::memory_order_relaxed);
        }
      });
}

}  // namespace

void adam(const Stream& stream, const Adam& op) {
  op.gradient_scale != nullptr ? update<true>(stream, op) : update<false>(stream, op);
}

}  // namespace limpid::cpu
