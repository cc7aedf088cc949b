// Arithmetic of half_spectrum.h. A body works on one plane; an index is a row or a coefficient.
#pragma once

#include <cstdint>

#include "kernels/core/host_device.h"
#include "kernels/fft/fft.h"

namespace limpid {

/// A batch of half spectra to change in place.
struct HalfSpectrum {
  float* data;
  int h, w;
  LIMPID_HD int columns() const { return w / 2 + 1; }
  LIMPID_HD bool is_own_mirror(int kx) const { return kx == 0 || 2 * kx == w; }
  LIMPID_HD float* plane(int i) const { return data + std::int64_t{2} * i * h * columns(); }
};

/// Index: ky from 0 to h / 2, the first row of a pair (ky, -ky).
struct ProjectToHermitianBody {
  HalfSpectrum spectrum;
  float* plane;

  LIMPID_HD ProjectToHermitianBody(const HalfSpectrum& op, int image)
      : spectrum(op), plane(op.plane(image)) {}

  LIMPID_HD void operator()(std::int64_t row) const {
    const int ky = static_cast<int>(row);
    project(ky, 0);
    if (spectrum.w % 2 == 0) project(ky, spectrum.w / 2);
  }

  LIMPID_HD void project(int ky, int kx) const {
    float* a = plane + 2 * (ky * spectrum.columns() + kx);
    float* b = plane + 2 * ((spectrum.h - ky) % spectrum.h * spectrum.columns() + kx);
    const float re = 0.5F * (a[0] + b[0]), im = 0.5F * (a[1] - b[1]);
    a[0] = re;
    b[0] = re;
    a[1] = im;
    b[1] = a == b ? 0.0F : -im;
  }
};

/// Index: coefficient of the plane.
struct WeighHalfSpectrumBody {
  HalfSpectrum spectrum;
  float* plane;

  LIMPID_HD WeighHalfSpectrumBody(const HalfSpectrum& op, int image) : spectrum(op), plane(op.plane(image)) {}

  struct Loaded {
    float re, im;
  };
  LIMPID_HD Loaded load(std::int64_t coefficient) const {
    return {plane[2 * coefficient], plane[2 * coefficient + 1]};
  }
  LIMPID_HD void store(std::int64_t coefficient, const Loaded& x) const {
    const int i = static_cast<int>(coefficient);
    const int ky = i / spectrum.columns(), kx = i % spectrum.columns();
    float* entry = plane + 2 * coefficient;
    if (!spectrum.is_own_mirror(kx)) {
      entry[0] = 2 * x.re;
      entry[1] = 2 * x.im;
    } else if (ky == 0 || 2 * ky == spectrum.h) {
      entry[1] = 0;
    }
  }

  LIMPID_HD void operator()(std::int64_t coefficient) const { store(coefficient, load(coefficient)); }
};

}  // namespace limpid
