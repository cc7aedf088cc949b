#include "kernels/core/elementwise.h"
#include "kernels/ops/gaussian_blur.body.h"
#include "kernels/ops/op_contract.h"

namespace limpid::cpu {

void gaussian_blur(const Stream& stream, const GaussianBlur& op) {
  for_each_image_pixel<GaussianBlurBody>(stream, op, op.in.n, op.in.h, op.in.w);
}

}  // namespace limpid::cpu

namespace limpid {

void check(const GaussianBlur& op, const OpContract& contract) {
  contract.planes({{"in", op.in}, {"out", op.out}});
  contract.apart({"in", op.in}, {"out", op.out});
  contract.memory({{"deviation", op.deviation}});
}

}  // namespace limpid
