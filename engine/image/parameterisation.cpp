#include "engine/image/parameterisation.h"

#include "kernels/core/error.h"
#include "kernels/ops/initialise_parameters.h"

namespace limpid {

void ImageParameterisation::initialise(Backend& backend, const Stream& stream, const StepBinder& /*memory*/,
                                       float* parameters, const SlotKey* key, float deviation) const {
  backend.run(stream, InitialiseParameters{parameters, key, 1, layout().total(), deviation});
}

std::vector<float> ImageParameterisation::encode(std::span<const float>) const {
  fail_usage("a photo to start from needs --param spectral or pixel: the others cannot show every picture");
}

}  // namespace limpid
