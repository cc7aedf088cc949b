#include "kernels/core/launch.cuh"
#include "kernels/ops/colour_squash.body.h"

namespace limpid::cuda {

void colour_squash(const Stream& stream, const ColourSquash& op) {
  with_colour_form(op.squash, op.latent.c, op.rgb.c, [&]<class Form>(Form) {
    for_each_image_element<ColourSquashBody<Form>>(stream, "colour_squash", op, op.rgb.n,
                                                   std::int64_t{op.rgb.h} * op.rgb.w);
  });
}

void colour_squash_adjoint(const Stream& stream, const ColourSquashAdjoint& op) {
  with_colour_form(op.squash, op.dlatent.c, op.rgb.c, [&]<class Form>(Form) {
    for_each_image_element<ColourSquashAdjointBody<Form>>(stream, "colour_squash_adjoint", op, op.rgb.n,
                                                          std::int64_t{op.rgb.h} * op.rgb.w);
  });
}

}  // namespace limpid::cuda
