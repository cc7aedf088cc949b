#include "kernels/core/elementwise.h"
#include "kernels/ops/backdrop.body.h"
#include "kernels/ops/op_contract.h"

namespace limpid::cpu {

void backdrop(const Stream& stream, const Backdrop& op) {
  for_each_image_element<BackdropBody>(stream, op, op.shown.n * 3, std::int64_t{op.shown.h} * op.shown.w);
}

void backdrop_adjoint(const Stream& stream, const BackdropAdjoint& op) {
  for_each_image_element<BackdropAdjointBody>(stream, op, op.dshown.n,
                                              std::int64_t{op.dshown.h} * op.dshown.w);
}

}  // namespace limpid::cpu

namespace limpid {
namespace {

void check_opaque_picture(const OpContract& contract, const Planar<const float>& picture,
                          const Planar<const float>& background) {
  contract.planes({{"picture", picture}});
  contract.require(picture.c == 4 && background.c == 3, "picture",
                   "has {} planes and its background {}, and they must have 4 and 3", picture.c,
                   background.c);
  contract.same_pixels({"picture", picture}, {"background", background});
}

}  // namespace

void check(const Backdrop& op, const OpContract& contract) {
  contract.planes({{"background", op.background}, {"shown", op.shown}});
  check_opaque_picture(contract, op.picture, op.background);
  contract.apart({"picture", op.picture}, {"shown", op.shown});
  contract.apart({"background", op.background}, {"shown", op.shown});
}

void check(const BackdropAdjoint& op, const OpContract& contract) {
  contract.planes({{"background", op.background}, {"dshown", op.dshown}});
  contract.planes({{"picture", op.picture}, {"dpicture", op.dpicture}});
  check_opaque_picture(contract, op.picture, op.background);
  contract.apart({"picture", op.picture}, {"dpicture", op.dpicture});
  contract.apart({"background", op.background}, {"dpicture", op.dpicture});
  contract.apart({"dshown", op.dshown}, {"dpicture", op.dpicture});
}

}  // namespace limpid
