#include "kernels/core/elementwise.h"
#include "kernels/ops/fix_pixels.body.h"
#include "kernels/ops/op_contract.h"

namespace limpid::cpu {

void fix_pixels(const Stream& stream, const FixPixels& op) {
  for_each_image_element<FixPixelsBody>(stream, op, op.rgb.n * op.rgb.c, std::int64_t{op.rgb.h} * op.rgb.w);
}

void fix_pixels_adjoint(const Stream& stream, const FixPixelsAdjoint& op) {
  for_each_image_element<FixPixelsAdjointBody>(stream, op, op.drgb.n * op.drgb.c,
                                               std::int64_t{op.drgb.h} * op.drgb.w);
}

}  // namespace limpid::cpu

namespace limpid {
namespace {

void check_mask(const OpContract& contract, const NamedPlanes& rgb, const NamedPlanes& mask) {
  contract.planes({mask});
  contract.same_pixels(rgb, mask);
  contract.require(mask.planes.c == 1 || mask.planes.c == rgb.planes.c, mask.name,
                   "has {} planes, and must have one or the {} of {}", mask.planes.c, rgb.planes.c, rgb.name);
}

}  // namespace

void check(const FixPixels& op, const OpContract& contract) {
  contract.planes({{"rgb", op.rgb}, {"fixed", op.fixed}});
  check_mask(contract, {"rgb", op.rgb}, {"mask", op.mask});
}

void check(const FixPixelsAdjoint& op, const OpContract& contract) {
  contract.planes({{"drgb", op.drgb}});
  check_mask(contract, {"drgb", op.drgb}, {"mask", op.mask});
}

}  // namespace limpid
