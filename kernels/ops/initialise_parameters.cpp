#include "kernels/core/elementwise.h"
#include "kernels/ops/initialise_parameters.body.h"

namespace limpid::cpu {

void initialise_parameters(const Stream& stream, const InitialiseParameters& op) {
  for_each_image_element<InitialiseParametersBody>(stream, op, op.images,
                                                   InitialiseParametersBody::blocks(op));
}

}  // namespace limpid::cpu
