#include "kernels/core/elementwise.h"
#include "kernels/ops/colour_squash.body.h"

namespace limpid::cpu {

void colour_squash(const Stream& stream, const ColourSquash& op) {
  with_colour_form(op.squash, op.latent.c, op.rgb.c, [&]<class Form>(Form) {
    for_each_image_element<ColourSquashBody<Form>>(stream, op, op.rgb.n, std::int64_t{op.rgb.h} * op.rgb.w);
  });
}

void colour_squash_adjoint(const Stream& stream, const ColourSquashAdjoint& op) {
  with_colour_form(op.squash, op.dlatent.c, op.rgb.c, [&]<class Form>(Form) {
    for_each_image_element<ColourSquashAdjointBody<Form>>(stream, op, op.rgb.n,
                                                          std::int64_t{op.rgb.h} * op.rgb.w);
  });
}

}  // namespace limpid::cpu
