// Batched real 2-D FFT, the inverse transform and its exact adjoint.
//
// Spectrum layout: planes x h x (w / 2 + 1) complex values, interleaved (re, im), the half spectrum of a real
// signal. Both transforms are unnormalised; callers fold 1/(hw) or 1/sqrt(hw) into the spectrum's scale.
#pragma once

#include <cstddef>
#include <string>

#include "kernels/core/stream.h"

namespace limpid {

/// Shape of a batch of transforms: `planes` independent h x w planes (images x channels).
struct FftShape {
  int planes = 0, h = 0, w = 0;
  int columns() const { return w / 2 + 1; }
};

/// Transforms of one shape. Thread-compatible: two threads need two plans.
class FftPlan {
 public:
  virtual ~FftPlan() = default;

  /// signal[y, x] = sum over the full Hermitian spectrum of S e^{+2 pi i (ky y / h + kx x / w)}: C2R, unnormalised. Imaginary parts
  /// that a Hermitian spectrum cannot have (rows kx = 0 and, for even w, kx = w/2, as C2R implementations treat them) are ignored.
  /// `spectrum` is read only.
  virtual void inverse(const Stream& stream, const float* spectrum, float* signal) = 0;

  /// The adjoint of `inverse` with respect to the real inner product over (re, im): dL/dspectrum from dL/dsignal. Interior
  /// columns carry weight 2 relative to columns 0 and w/2; entries `inverse` ignores receive zero. Unnormalised.
  virtual void inverse_adjoint(const Stream& stream, const float* dsignal, float* dspectrum) = 0;

  virtual std::string algorithm() const = 0;
};

}  // namespace limpid
