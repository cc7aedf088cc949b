// The rule by which latent values become colours, and its inverse.
#pragma once

#include <vector>

#include "engine/image/image.h"
#include "kernels/ops/colour_squash.h"

namespace limpid {

/// What ColourSquash is given, the same for all pictures of a lane.
struct ColourRule {
  ColourMatrix matrix = kDecorrelatedColours;
  Squash squash = Squash::sigmoid;
  ColourOffset offset;
  bool operator==(const ColourRule&) const = default;
};

/// How far from 0 and 1 colours are kept when a sigmoid is inverted: less than half of 1 / 255, so that black
/// and white come back.
inline constexpr float kColourMargin = 1e-3F;

/// Latent planes, 3 x h x w or, in gray, 1 x h x w, and with `alpha` one more, that the rule turns into the
/// photo: exactly but for rounding and kColourMargin, by which it is transparent too. Gray takes the mean of
/// the photo's channels. The matrix must be invertible.
std::vector<float> latent_of_photo(const Image& photo, const ColourRule& rule, bool grayscale,
                                   bool alpha = false);

/// The inverse. Throws Error{usage} where the matrix has none (a determinant below 1e-6 of the product of its
/// column norms).
ColourMatrix inverse(const ColourMatrix& matrix);

}  // namespace limpid
