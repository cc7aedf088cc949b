// Spectra of fixed magnitude: MACO's.
#pragma once

#include <cstdint>

#include "kernels/core/stream.h"

namespace limpid {

class OpContract;

/// spectrum = magnitude * e^(i phase), after T. Fel et al., "Unlocking Feature Visualization for Deeper
/// Networks with MAgnitude Constrained Optimization", 2023.
struct PhaseSpectrum {
  const float* phase;      ///< n x c x count, radians.
  const float* magnitude;  ///< c x count, the same for every image.
  float* spectrum;         ///< n x c x count coefficients, interleaved (re, im).
  int images, channels;
  std::int64_t count;
};

/// dL/dphase from dL/dspectrum.
struct PhaseSpectrumAdjoint {
  const float* phase;  ///< Those of the forward operation.
  const float* magnitude;
  const float* dspectrum;  ///< n x c x count, interleaved.
  float* dphase;           ///< n x c x count.
  int images, channels;
  std::int64_t count;
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const PhaseSpectrum& op, const OpContract& contract);
void check(const PhaseSpectrumAdjoint& op, const OpContract& contract);

namespace cpu {
void phase_spectrum(const Stream&, const PhaseSpectrum&);
void phase_spectrum_adjoint(const Stream&, const PhaseSpectrumAdjoint&);
}  // namespace cpu
namespace cuda {
void phase_spectrum(const Stream&, const PhaseSpectrum&);
void phase_spectrum_adjoint(const Stream&, const PhaseSpectrumAdjoint&);
}  // namespace cuda

}  // namespace limpid
