#include "kernels/core/launch.cuh"
#include "kernels/ops/strided_copy.body.h"

namespace limpid::cuda {

void strided_copy(const Stream& stream, const StridedCopy& op) {
  for_each_image_element<StridedCopyBody>(stream, "strided_copy", op, op.rows, op.count);
}

}  // namespace limpid::cuda
