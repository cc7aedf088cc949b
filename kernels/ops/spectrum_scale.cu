#include "kernels/core/launch.cuh"
#include "kernels/ops/spectrum_scale.body.h"

namespace limpid::cuda {

void spectrum_scale(const Stream& stream, const SpectrumScale& op) {
  for_each_image_element<SpectrumScaleBody>(stream, "spectrum_scale", op, op.planes, op.count);
}

}  // namespace limpid::cuda
