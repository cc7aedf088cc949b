#include "kernels/core/elementwise.h"
#include "kernels/ops/op_contract.h"
#include "kernels/ops/resample.body.h"

namespace limpid::cpu {

void resample(const Stream& stream, const Resample& op) {
  for_each_image_pixel<ResampleBody>(stream, op, op.to.n, op.to.h, op.to.w);
}

void resample_adjoint(const Stream& stream, const ResampleAdjoint& op) {
  for_each_image_pixel<ResampleAdjointBody>(stream, op, op.dfrom.n, op.dfrom.h, op.dfrom.w);
}

}  // namespace limpid::cpu

namespace limpid {
namespace {

void check_pictures(const OpContract& contract, const NamedPlanes& from, const NamedPlanes& to,
                    const ResampleRule* rule) {
  contract.planes({from});
  contract.planes({to});
  contract.require(from.planes.n == to.planes.n && from.planes.c == to.planes.c, to.name,
                   "has {} x {} planes, and must have {} x {} as {} has", to.planes.n, to.planes.c,
                   from.planes.n, from.planes.c, from.name);
  contract.apart(from, to);
  contract.memory({{"rule", rule}});
}

}  // namespace

void check(const Resample& op, const OpContract& contract) {
  check_pictures(contract, {"from", op.from}, {"to", op.to}, op.rule);
}

void check(const ResampleAdjoint& op, const OpContract& contract) {
  check_pictures(contract, {"dfrom", op.dfrom}, {"dto", op.dto}, op.rule);
}

}  // namespace limpid
