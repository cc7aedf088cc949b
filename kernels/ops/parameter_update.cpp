#include "kernels/ops/parameter_update.h"

#include <atomic>

#include "kernels/core/elementwise.h"
#include "kernels/ops/parameter_update.body.h"

namespace limpid::cpu {
namespace {

template <bool Ascent, bool Scaled>
int update_block(const ParameterUpdateBody<Scaled>& body, std::int64_t begin, std::int64_t end) {
  int flags = 0;
#pragma omp simd reduction(| : flags)
  for (std::int64_t i = begin; i < end; ++i) {
    flags |= body.template store<Ascent>(i, body.template load<Ascent>(i));
  }
  return flags;
}

template <bool Scaled>
void update(const Stream& stream, const ParameterUpdate& op) {
  for_each_image_block(
      stream, op.images * op.planes, op.count, [&](int plane, std::int64_t begin, std::int64_t end) {
        const ParameterUpdateBody<Scaled> body(op, plane);
        const int flags =
            body.ascent ? update_block<true>(body, begin, end) : update_block<false>(body, begin, end);
        // Every thread that stores stores the same value; relaxed makes that defined, at no cost.
        const int image = plane / op.planes;
        if ((flags & GradientFlags::not_finite) != 0) {
          std::atomic_ref(op.non_finite[image]).store(1, std::memory_order_relaxed);
        }
        if ((flags & GradientFlags::moved) != 0) {
          const std::atomic_ref first(op.first_moved[image]);
          if (first.load(std::memory_order_relaxed) == 0) {
            first.store(static_cast<std::int32_t>(op.keys[image].step + 1), std::memory_order_relaxed);
          }
        }
      });
}

}  // namespace

void parameter_update(const Stream& stream, const ParameterUpdate& op) {
  op.gradient_scale != nullptr ? update<true>(stream, op) : update<false>(stream, op);
}

}  // namespace limpid::cpu
