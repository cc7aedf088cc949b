#include "kernels/core/elementwise.h"
#include "kernels/ops/op_contract.h"
#include "kernels/ops/phase_spectrum.body.h"

namespace limpid::cpu {

void phase_spectrum(const Stream& stream, const PhaseSpectrum& op) {
  for_each_image_element<PhaseSpectrumBody>(stream, op, op.images * op.channels, op.count);
}

void phase_spectrum_adjoint(const Stream& stream, const PhaseSpectrumAdjoint& op) {
  for_each_image_element<PhaseSpectrumAdjointBody>(stream, op, op.images * op.channels, op.count);
}

}  // namespace limpid::cpu

namespace limpid {

void check(const PhaseSpectrum& op, const OpContract& contract) {
  contract.memory({{"phase", op.phase}, {"magnitude", op.magnitude}, {"spectrum", op.spectrum}});
  contract.at_least(1, {{"images", op.images}, {"channels", op.channels}, {"count", op.count}});
}

void check(const PhaseSpectrumAdjoint& op, const OpContract& contract) {
  contract.memory(
      {{"phase", op.phase}, {"magnitude", op.magnitude}, {"dspectrum", op.dspectrum}, {"dphase", op.dphase}});
  contract.at_least(1, {{"images", op.images}, {"channels", op.channels}, {"count", op.count}});
}

}  // namespace limpid
