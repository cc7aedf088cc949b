// Batched real 2-D FFT, the inverse transform and its exact adjoint.
//
// Spectrum layout: planes x h x (w / 2 + 1) complex values, interleaved (re, im), the half spectrum of a real
// signal. Both transforms are unnormalised; callers fold 1/(hw) or 1/sqrt(hw) into the spectrum's scale.
#pragma once

#include <memory>
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

  /// signal[y, x] = Re sum over ky, kx of weight(kx) S[ky, kx] e^{+2 pi i (ky y / h + kx x / w)}, where
  /// columns kx = 0 and, for even w, kx = w / 2 have weight 1 and the others, which stand for their mirror
  /// images too, 2: C2R, unnormalised. So of columns of weight 1 only the Hermitian part counts, and the
  /// imaginary parts of their self-conjugate entries (ky = 0 and, for even h, ky = h / 2) not at all.
  /// `spectrum` may be overwritten.
  virtual void inverse(const Stream& stream, float* spectrum, float* signal) = 0;

  /// The adjoint of `inverse` with respect to the real inner product over (re, im): dL/dspectrum from
  /// dL/dsignal. Entries that do not count receive exactly zero. Unnormalised.
  virtual void inverse_adjoint(const Stream& stream, const float* dsignal, float* dspectrum) = 0;

  /// How it is computed, for people.
  virtual std::string algorithm() const = 0;
};

/// Throws Error{usage} unless every extent is at least 1 and one plane's indices fit 32 bits.
void validate(const FftShape& shape);

namespace cpu {
/// Throws Error{usage} for a shape that `validate` refuses.
std::unique_ptr<FftPlan> make_fft_plan(const FftShape& shape);
}  // namespace cpu

namespace cuda {
/// Throws Error{usage} for a shape that `validate` refuses, Error{runtime} where the device or cuFFT fails.
std::unique_ptr<FftPlan> make_fft_plan(const FftShape& shape);
}  // namespace cuda

}  // namespace limpid
