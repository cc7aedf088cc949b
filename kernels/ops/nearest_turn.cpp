#include "kernels/core/elementwise.h"
#include "kernels/ops/nearest_turn.body.h"
#include "kernels/ops/op_contract.h"

namespace limpid::cpu {

void nearest_turn(const Stream& stream, const NearestTurn& op) {
  for_each_image_pixel<NearestTurnBody>(stream, op, op.to.n, op.to.h, op.to.w);
}

void nearest_turn_adjoint(const Stream& stream, const NearestTurnAdjoint& op) {
  for_each_image_pixel<NearestTurnAdjointBody>(stream, op, op.dfrom.n, op.dfrom.h, op.dfrom.w);
}

}  // namespace limpid::cpu

namespace limpid {
namespace {

void check_turn(const OpContract& contract, const NamedPlanes& from, const NamedPlanes& to,
                const AffineMap* maps) {
  contract.planes({from, to});
  contract.apart(from, to);
  contract.memory({{"maps", maps}});
}

}  // namespace

void check(const NearestTurn& op, const OpContract& contract) {
  check_turn(contract, {"from", op.from}, {"to", op.to}, op.maps);
}

void check(const NearestTurnAdjoint& op, const OpContract& contract) {
  check_turn(contract, {"dto", op.dto}, {"dfrom", op.dfrom}, op.maps);
}

}  // namespace limpid
