// From a photo of any size to the square a network reads.
#pragma once

#include "engine/limpid.hpp"

namespace limpid {

/// A picture of exactly size x size is returned as it is, bit for bit. From any other, the largest centred
/// square is taken and resampled to size x size (Catmull-Rom, widened to the target's pitch when shrinking,
/// on the stored values without gamma), clipped to [0, 1]. Throws Error{runtime} when memory runs out.
Image fit_to_network(Image image, int size);

}  // namespace limpid
