#include "kernels/core/launch.cuh"
#include "kernels/ops/backdrop.body.h"

namespace limpid::cuda {

void backdrop(const Stream& stream, const Backdrop& op) {
  for_each_image_element<BackdropBody>(stream, "backdrop", op, op.shown.n * 3,
                                       std::int64_t{op.shown.h} * op.shown.w);
}

void backdrop_adjoint(const Stream& stream, const BackdropAdjoint& op) {
  for_each_image_element<BackdropAdjointBody>(stream, "backdrop_adjoint", op, op.dshown.n,
                                              std::int64_t{op.dshown.h} * op.dshown.w);
}

}  // namespace limpid::cuda
