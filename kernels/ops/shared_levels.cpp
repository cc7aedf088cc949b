#include "kernels/core/elementwise.h"
#include "kernels/ops/op_contract.h"
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

namespace limpid {
namespace {

void check_copies(const OpContract& contract, const SharedCopies<const float>& copies,
                  const SharedLevelShape& shape, const NamedPlanes& pictures) {
  contract.memory({{"copies", copies.data}});
  contract.require(shape.levels >= 1 && shape.levels <= kMostSharedLevels, "shape",
                   "has {} levels, and must have 1 to {}", shape.levels, kMostSharedLevels);
  const std::int64_t values = pictures.planes.c * shape.count;
  contract.require(copies.stride >= values, "copies", "are {} apart, and a picture has {} values",
                   copies.stride, values);
}

}  // namespace

void check(const SharedLevels& op, const OpContract& contract) {
  contract.planes({{"base", op.base}, {"sum", op.sum}});
  check_copies(contract, op.copies, op.shape, {"sum", op.sum});
}

void check(const SharedLevelsAdjoint& op, const OpContract& contract) {
  contract.planes({{"dsum", op.dsum}});
  check_copies(contract, {op.copies.data, op.copies.stride}, op.shape, {"dsum", op.dsum});
  contract.memory({{"rows", op.rows}});
  contract.at_least(1, {{"images", op.images}});
  contract.require(op.pictures >= op.images && op.dsum.n % op.pictures == 0, "pictures",
                   "are {} a job, {} of them its own, and dsum has {}", op.pictures, op.images, op.dsum.n);
}

}  // namespace limpid
