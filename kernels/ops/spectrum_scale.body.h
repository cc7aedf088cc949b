// Arithmetic of spectrum_scale, per real number.
#pragma once

#include "kernels/core/host_device.h"
#include "kernels/ops/spectrum_scale.h"

namespace limpid {

struct SpectrumScaleBody {
  const float* spectrum;
  const float* scale;
  float* scaled;

  LIMPID_HD SpectrumScaleBody(const SpectrumScale& op, int plane)
      : spectrum(op.spectrum + plane * op.count), scale(op.scale), scaled(op.scaled + plane * op.count) {}

  LIMPID_HD void operator()(std::int64_t i) const { scaled[i] = spectrum[i] * scale[i]; }
};

}  // namespace limpid
