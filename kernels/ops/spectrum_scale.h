// Spectral parameterisation: amplitude falls with frequency.
#pragma once

#include <cstdint>
#include <vector>

#include "kernels/core/stream.h"

namespace limpid {

class OpContract;

/// scaled = spectrum * scale, the same factors for every plane. The operation is its own adjoint. `scaled`
/// may be `spectrum`.
struct SpectrumScale {
  const float* spectrum;  ///< planes x count: h x (w / 2 + 1) coefficients, interleaved (re, im).
  const float* scale;     ///< count.
  float* scaled;          ///< Like `spectrum`.
  int planes;             ///< Images x 3.
  std::int64_t count;     ///< 2 h (w / 2 + 1).
};

/// The factors that make the unnormalised inverse FFT of (spectrum * scale) the latent picture, as lucid
/// defines it with an amplitude of 1/4: amplitude sqrt(w h) / max(f, 1 / max(w, h))^decay_power, f = |(ky /
/// h, kx / w)| with ky taken from -h/2 to h/2, times the 1 / (h w) of the inverse transform. h x (w / 2 + 1)
/// x 2 values: each factor stands twice, for re and for im, so that loops over a spectrum need no index
/// arithmetic.
std::vector<float> spectrum_scale_table(int h, int w, float decay_power, float amplitude = 0.25F);

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const SpectrumScale& op, const OpContract& contract);

namespace cpu {
void spectrum_scale(const Stream&, const SpectrumScale&);
}
namespace cuda {
void spectrum_scale(const Stream&, const SpectrumScale&);
}

}  // namespace limpid
