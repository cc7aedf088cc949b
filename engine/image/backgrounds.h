// What pictures with alpha are shown in front of: random colours, other ones at each step.
#pragma once

#include "engine/image/colours.h"
#include "engine/image/image_form.h"
#include "engine/step/step_plan.h"

namespace limpid {

/// Adds the drawing of a background for each of `keys`, a buffer of one SlotKey a picture, and returns
/// where they are: batch x 3 x height x width, in (0, 1). As lucid draws them: Fourier coefficients of
/// deviation 0.5 that fall with frequency as those of a spectral picture of decay 1 do, under the pictures'
/// colour matrix and always a sigmoid. In gray pictures they are gray. A background depends on its
/// picture's key alone: on seed, image and step.
StepPlanes draw_backgrounds(StepBuilder& step, const ImageForm& form, const ColourRule& colours, int batch,
                            int height, int width, int keys);

}  // namespace limpid
