#include "kernels/core/elementwise.h"
#include "kernels/ops/op_contract.h"
#include "kernels/ops/strided_copy.body.h"

namespace limpid::cpu {

void strided_copy(const Stream& stream, const StridedCopy& op) {
  for_each_image_element<StridedCopyBody>(stream, op, op.rows, op.count);
}

}  // namespace limpid::cpu

namespace limpid {

void check(const StridedCopy& op, const OpContract& contract) {
  contract.memory({{"from", op.from}, {"to", op.to}});
  contract.at_least(1, {{"rows", op.rows}, {"count", op.count}});
  contract.require(op.from != op.to, "to", "shares memory with from");
  if (op.rows == 1) return;
  contract.require(op.from_stride == 0 || op.from_stride >= op.count, "from_stride",
                   "is {}, and must be 0 or at least the count, {}", op.from_stride, op.count);
  contract.require(op.to_stride >= op.count, "to_stride", "is {}, and must be at least the count, {}",
                   op.to_stride, op.count);
}

}  // namespace limpid
