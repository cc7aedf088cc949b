// Arithmetic of phase_spectrum and its adjoint, per coefficient of one plane.
#pragma once

#include <cmath>

#include "kernels/core/host_device.h"
#include "kernels/ops/phase_spectrum.h"

namespace limpid {

struct PhaseSpectrumBody {
  const float *phase, *magnitude;
  float* spectrum;

  LIMPID_HD PhaseSpectrumBody(const PhaseSpectrum& op, int plane)
      : phase(op.phase + plane * op.count),
        magnitude(op.magnitude + plane % op.channels * op.count),
        spectrum(op.spectrum + 2 * plane * op.count) {}

  struct Loaded {
    float phase, magnitude;
  };
  LIMPID_HD Loaded load(std::int64_t i) const { return {phase[i], magnitude[i]}; }
  LIMPID_HD void store(std::int64_t i, const Loaded& x) const {
    spectrum[2 * i] = x.magnitude * cosf(x.phase);
    spectrum[2 * i + 1] = x.magnitude * sinf(x.phase);
  }

  LIMPID_HD void operator()(std::int64_t i) const { store(i, load(i)); }
};

struct PhaseSpectrumAdjointBody {
  const float *phase, *magnitude, *dspectrum;
  float* dphase;

  LIMPID_HD PhaseSpectrumAdjointBody(const PhaseSpectrumAdjoint& op, int plane)
      : phase(op.phase + plane * op.count),
        magnitude(op.magnitude + plane % op.channels * op.count),
        dspectrum(op.dspectrum + 2 * plane * op.count),
        dphase(op.dphase + plane * op.count) {}

  struct Loaded {
    float phase, magnitude, re, im;
  };
  LIMPID_HD Loaded load(std::int64_t i) const {
    return {phase[i], magnitude[i], dspectrum[2 * i], dspectrum[2 * i + 1]};
  }
  LIMPID_HD void store(std::int64_t i, const Loaded& x) const {
    dphase[i] = x.magnitude * (cosf(x.phase) * x.im - sinf(x.phase) * x.re);
  }

  LIMPID_HD void operator()(std::int64_t i) const { store(i, load(i)); }
};

}  // namespace limpid
