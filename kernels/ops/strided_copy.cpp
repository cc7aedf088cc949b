#include "kernels/core/elementwise.h"
#include "kernels/ops/strided_copy.body.h"

namespace limpid::cpu {

void strided_copy(const Stream& stream, const StridedCopy& op) {
  for_each_image_element<StridedCopyBody>(stream, op, op.rows, op.count);
}

}  // namespace limpid::cpu
