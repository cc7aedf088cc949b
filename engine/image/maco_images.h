// Phases under a fixed magnitude.
#pragma once

#include <memory>
#include <vector>

#include "engine/image/image_form.h"
#include "engine/image/parameterisation.h"

namespace limpid {

ParameterLayout maco_layout(const ImageForm& form, int height, int width);

/// MACO: the phases of all coefficients, normal with deviation 1 at first, are standardised over the picture
/// (as in xplique, epsilon 1e-5; Horama's is 1e-4), put under a fixed magnitude, transformed back and the
/// picture standardised over all its values. The gradient is exact, through both standardisations (peers':
/// autodiff's).
std::unique_ptr<ImageParameterisation> make_maco_images(const ImageForm& form, int batch, int height,
                                                        int width);

/// The magnitudes of that size, planes x height x (width / 2 + 1), scaled so that the pictures of random
/// phases have deviation 1. From the prior, sampled bilinearly by frequency (peers resample its layout,
/// which mixes frequencies of opposite sign at odd sizes); gray takes its first plane. Without a prior,
/// limpid's own: amplitude falls as frequency^-1.4, the same for all planes, which is the slope between 0.01
/// and 0.4 cycles per pixel of photographs in these colours; the mean colour is left out.
std::vector<float> maco_magnitude(const ImageForm& form, int height, int width);

}  // namespace limpid
