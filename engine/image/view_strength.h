// Random views that are more or less random than a list has them.
#pragma once

#include "engine/image/transforms.h"

namespace limpid {

/// A composed list whose random transforms are `strength`, from 0 to 1, times as far from doing nothing: moves and
/// their deviations, angles, blur, noise, the probability of a flip and differences of magnifications and changes of
/// colour from 1. Pads and crops stay. Values keep their number and how often each counts; a jitter is rounded to whole
/// pixels. At 1 the list as it is.
Transforms at_strength(const Transforms& transforms, float strength);

/// The list with noise of this deviation in place of its own. Throws Error{usage} where it has none.
Transforms with_noise(const Transforms& transforms, float deviation);

}  // namespace limpid
