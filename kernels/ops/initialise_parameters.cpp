#include <limits>

#include "kernels/core/elementwise.h"
#include "kernels/ops/initialise_parameters.body.h"
#include "kernels/ops/op_contract.h"

namespace limpid::cpu {

void initialise_parameters(const Stream& stream, const InitialiseParameters& op) {
  for_each_image_element<InitialiseParametersBody>(stream, op, op.images,
                                                   InitialiseParametersBody::blocks(op));
}

}  // namespace limpid::cpu

namespace limpid {

void check(const InitialiseParameters& op, const OpContract& contract) {
  contract.memory({{"values", op.values}, {"keys", op.keys}});
  contract.at_least(1, {{"images", op.images}, {"count", op.count}});
  contract.require(op.count <= std::numeric_limits<std::int32_t>::max(), "count",
                   "is {}, and must be below 2^31", op.count);
  contract.require(op.deviation >= 0, "deviation", "is {}, and must be 0 or above", op.deviation);
}

}  // namespace limpid
