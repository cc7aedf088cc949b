#include "kernels/core/launch.cuh"
#include "kernels/ops/colour_squash.body.h"

namespace limpid::cuda {

void colour_squash(const Stream& stream, const ColourSquash& op) {
  for_each_image_element<ColourSquashBody>(stream, "colour_squash", op, op.rgb.n,
                                           std::int64_t{op.rgb.h} * op.rgb.w);
}

void colour_squash_adjoint(const Stream& stream, const ColourSquashAdjoint& op) {
  for_each_image_element<ColourSquashAdjointBody>(stream, "colour_squash_adjoint", op, op.rgb.n,
                                                  std::int64_t{op.rgb.h} * op.rgb.w);
}

}  // namespace limpid::cuda
