// What turns a device library's C2R and R2C into the transforms of fft.h.
#pragma once

#include "kernels/core/stream.h"
#include "kernels/fft/fft.h"

namespace limpid::cuda {

/// Replaces the columns that are their own mirror image (kx = 0 and, for even w, kx = w / 2) by their
/// Hermitian parts, in place. C2R promises nothing for other input.
void project_to_hermitian(const Stream& stream, const FftShape& shape, float* spectrum);

/// Makes the R2C transform of dL/dsignal the adjoint of C2R, in place: the other columns count twice, and
/// imaginary parts that cannot matter become exactly zero.
void weigh_half_spectrum(const Stream& stream, const FftShape& shape, float* spectrum);

}  // namespace limpid::cuda
