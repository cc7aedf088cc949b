#include "kernels/core/elementwise.h"
#include "kernels/ops/op_contract.h"
#include "kernels/ops/pyramid_sum.body.h"

namespace limpid::cpu {

void pyramid_sum(const Stream& stream, const PyramidSum& op) {
  for_each_image_pixel<PyramidSumBody>(stream, op, op.latent.n * op.latent.c, op.latent.h, op.latent.w);
}

void pyramid_sum_adjoint(const Stream& stream, const PyramidSumAdjoint& op) {
  for_each_image_block(stream, op.dlatent.n * op.dlatent.c, op.shape.count,
                       [&](int plane, std::int64_t begin, std::int64_t end) {
                         const PyramidSumAdjointBody body(op, plane);
                         for (std::int64_t i = begin; i < end; ++i) body(i);
                       });
}

}  // namespace limpid::cpu

namespace limpid {
namespace {

void check_shape(const OpContract& contract, const PyramidShape& shape, const NamedPlanes& latent) {
  contract.planes({latent});
  const std::int64_t count = pyramid_shape(latent.planes.h, latent.planes.w).count;
  contract.require(shape.count == count, "shape", "has {} values, and those of {} x {} pixels are {}",
                   shape.count, latent.planes.h, latent.planes.w, count);
}

}  // namespace

void check(const PyramidSum& op, const OpContract& contract) {
  contract.memory({{"parameters", op.parameters}});
  check_shape(contract, op.shape, {"latent", op.latent});
}

void check(const PyramidSumAdjoint& op, const OpContract& contract) {
  contract.memory({{"dparameters", op.dparameters}});
  check_shape(contract, op.shape, {"dlatent", op.dlatent});
}

}  // namespace limpid
