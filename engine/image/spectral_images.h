// Fourier coefficients, scaled by frequency.
#pragma once

#include <memory>

#include "engine/image/image_form.h"
#include "engine/image/parameterisation.h"

namespace limpid {

ParameterLayout spectral_layout(const ImageForm& form, int height, int width);

/// Latent = inverse real FFT of (spectrum * scale); scale falls with frequency (numbers in spectrum_scale.h).
/// As lucid and lucent; captum has no division by 4, xplique a decay of 0.85, Horama one of 1.5.
std::unique_ptr<ImageParameterisation> make_spectral_images(const ImageForm& form, int batch, int height,
                                                            int width);

}  // namespace limpid
