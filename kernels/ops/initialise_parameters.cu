#include "kernels/core/launch.cuh"
#include "kernels/ops/initialise_parameters.body.h"

namespace limpid::cuda {

void initialise_parameters(const Stream& stream, const InitialiseParameters& op) {
  for_each_image_element<InitialiseParametersBody>(stream, "initialise_parameters", op, op.images,
                                                   InitialiseParametersBody::blocks(op));
}

}  // namespace limpid::cuda
