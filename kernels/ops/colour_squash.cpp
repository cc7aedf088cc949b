#include "kernels/core/elementwise.h"
#include "kernels/ops/colour_squash.body.h"
#include "kernels/ops/op_contract.h"

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

namespace limpid {
namespace {

void check_colours(const OpContract& contract, const NamedPlanes& latent, const NamedPlanes& rgb) {
  contract.planes({latent});
  contract.planes({rgb});
  contract.same_pixels(latent, rgb);
  const int planes = latent.planes.c, opacity = rgb.planes.c - 3;
  contract.require(opacity == 0 || opacity == 1, rgb.name,
                   "has {} planes, and must have 3, or 4 with opacity", rgb.planes.c);
  contract.require(planes - opacity == 1 || planes - opacity == 3, latent.name,
                   "has {} planes for {} of {}, and must have 1 or 3 of colours, and the opacity's", planes,
                   rgb.planes.c, rgb.name);
  if (planes != rgb.planes.c || latent.planes.data != rgb.planes.data) contract.apart(latent, rgb);
}

}  // namespace

void check(const ColourSquash& op, const OpContract& contract) {
  check_colours(contract, {"latent", op.latent}, {"rgb", op.rgb});
}

void check(const ColourSquashAdjoint& op, const OpContract& contract) {
  contract.planes({{"rgb", op.rgb}, {"drgb", op.drgb}});
  check_colours(contract, {"dlatent", op.dlatent}, {"drgb", op.drgb});
}

}  // namespace limpid
