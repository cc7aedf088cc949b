#include "kernels/ops/standardise.h"

#include "kernels/core/elementwise.h"
#include "kernels/ops/op_contract.h"
#include "kernels/ops/standardise.body.h"

namespace limpid::cpu {
namespace {

static_assert(kStandardiseBlock == kElementBlock);

template <class Op>
void sum_blocks(const Stream& stream, const Op& op) {
  for_each_image_block(stream, op.images, op.count, [&](int image, std::int64_t begin, std::int64_t end) {
    PartialSums sum{0, 0};
    for (std::int64_t i = begin; i < end; ++i) sum = sum + standardise_term(op, image * op.count + i);
    op.partials[image * standardise_blocks(op.count) + begin / kStandardiseBlock] = sum;
  });
  for (int image = 0; image < op.images; ++image) finish_sums(op, image);
}

}  // namespace

void standardise(const Stream& stream, const Standardise& op) {
  sum_blocks(stream, op);
  for_each_image_element<StandardiseBody>(stream, op, op.images, op.count);
}

void standardise_adjoint(const Stream& stream, const StandardiseAdjoint& op) {
  sum_blocks(stream, op);
  for_each_image_element<StandardiseAdjointBody>(stream, op, op.images, op.count);
}

}  // namespace limpid::cpu

namespace limpid {
namespace {

void check_sizes(const OpContract& contract, int images, std::int64_t count, float epsilon) {
  contract.at_least(1, {{"images", images}, {"count", count}});
  contract.require(epsilon >= 0, "epsilon", "is {}, and must be 0 or above", epsilon);
}

}  // namespace

void check(const Standardise& op, const OpContract& contract) {
  contract.memory({{"x", op.x}, {"y", op.y}, {"moments", op.moments}, {"partials", op.partials}});
  check_sizes(contract, op.images, op.count, op.epsilon);
}

void check(const StandardiseAdjoint& op, const OpContract& contract) {
  contract.memory(
      {{"y", op.y}, {"dy", op.dy}, {"dx", op.dx}, {"moments", op.moments}, {"partials", op.partials}});
  check_sizes(contract, op.images, op.count, op.epsilon);
}

}  // namespace limpid
