#include "kernels/core/elementwise.h"
#include "kernels/ops/shared_levels.body.h"

namespace limpid::cpu {
namespace {

/// Every value is a loop of its own: nothing to vectorise across.
template <class Body>
void for_each_value(const Stream& stream, const SharedLevelsAdjoint& op, std::int64_t count) {
  for_each_image_block(stream, op.dsum.n / op.pictures * op.dsum.c, count,
                       [&](int plane, std::int64_t begin, std::int64_t end) {
                         const Body body(op, plane);
                         for (std::int64_t i = begin; i < end; ++i) body(i);
                       });
}

}  // namespace

void shared_levels(const Stream& stream, const SharedLevels& op) {
  for_each_image_pixel<SharedLevelsBody>(stream, op, op.sum.n * op.sum.c, op.sum.h, op.sum.w);
}

void shared_levels_adjoint(const Stream& stream, const SharedLevelsAdjoint& op) {
  for_each_value<SharedRowsBody>(stream, op, std::int64_t{op.dsum.h} * op.shape.columns);
  for_each_value<SharedColumnsBody>(stream, op, op.shape.count);
}

}  // namespace limpid::cpu
