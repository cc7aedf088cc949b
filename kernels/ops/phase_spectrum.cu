#include "kernels/core/launch.cuh"
#include "kernels/ops/phase_spectrum.body.h"

namespace limpid::cuda {

void phase_spectrum(const Stream& stream, const PhaseSpectrum& op) {
  for_each_image_element<PhaseSpectrumBody>(stream, "phase_spectrum", op, op.images * op.channels, op.count);
}

void phase_spectrum_adjoint(const Stream& stream, const PhaseSpectrumAdjoint& op) {
  for_each_image_element<PhaseSpectrumAdjointBody>(stream, "phase_spectrum_adjoint", op,
                                                   op.images * op.channels, op.count);
}

}  // namespace limpid::cuda
