#include "kernels/core/elementwise.h"
#include "kernels/ops/phase_spectrum.body.h"

namespace limpid::cpu {

void phase_spectrum(const Stream& stream, const PhaseSpectrum& op) {
  for_each_image_element<PhaseSpectrumBody>(stream, op, op.images * op.channels, op.count);
}

void phase_spectrum_adjoint(const Stream& stream, const PhaseSpectrumAdjoint& op) {
  for_each_image_element<PhaseSpectrumAdjointBody>(stream, op, op.images * op.channels, op.count);
}

}  // namespace limpid::cpu
