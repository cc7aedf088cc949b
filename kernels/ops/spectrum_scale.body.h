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

  struct Loaded {
    float value, scale;
  };
  LIMPID_HD Loaded load(std::int64_t i) const { return {spectrum[i], scale[i]}; }
  LIMPID_HD void store(std::int64_t i, const Loaded& x) const { scaled[i] = x.value * x.scale; }

  LIMPID_HD void operator()(std::int64_t i) const { store(i, load(i)); }
};

}  // namespace limpid
