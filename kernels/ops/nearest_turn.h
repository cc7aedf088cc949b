// Pictures turned by taking, for each pixel, the nearest one where it came from; and the adjoint.
#pragma once

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"
#include "kernels/ops/affine_map.h"

namespace limpid {

class OpContract;

/// to(x, y) = from(round(map(x, y))), halves away from zero; 0 where that is no pixel of it.
struct NearestTurn {
  Planar<const float> from;  ///< n x 3 x h x w.
  Planar<float> to;          ///< Of the same shape.
  const AffineMap* maps;     ///< One per image, in the device's memory; a turn: orthogonal, of determinant 1.
};

/// dfrom from dto: every pixel sums those that took it, in a fixed order.
struct NearestTurnAdjoint {
  Planar<const float> dto;
  Planar<float> dfrom;  ///< Overwritten.
  const AffineMap* maps;
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const NearestTurn& op, const OpContract& contract);
void check(const NearestTurnAdjoint& op, const OpContract& contract);

namespace cpu {
void nearest_turn(const Stream&, const NearestTurn&);
void nearest_turn_adjoint(const Stream&, const NearestTurnAdjoint&);
}  // namespace cpu
namespace cuda {
void nearest_turn(const Stream&, const NearestTurn&);
void nearest_turn_adjoint(const Stream&, const NearestTurnAdjoint&);
}  // namespace cuda

}  // namespace limpid
