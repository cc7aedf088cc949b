#include "kernels/core/launch.cuh"
#include "kernels/fft/half_spectrum.body.h"
#include "kernels/fft/half_spectrum.h"

namespace limpid::cuda {

void project_to_hermitian(const Stream& stream, const FftShape& shape, float* spectrum) {
  for_each_image_element<ProjectToHermitianBody>(
      stream, "FFT projection", HalfSpectrum{spectrum, shape.h, shape.w}, shape.planes, shape.h / 2 + 1);
}

void weigh_half_spectrum(const Stream& stream, const FftShape& shape, float* spectrum) {
  for_each_image_element<WeighHalfSpectrumBody>(stream, "FFT weights",
                                                HalfSpectrum{spectrum, shape.h, shape.w}, shape.planes,
                                                std::int64_t{shape.h} * shape.columns());
}

}  // namespace limpid::cuda
