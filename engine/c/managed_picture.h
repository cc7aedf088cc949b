// Pictures that are given out with the tensor that shows them.
#pragma once

#include "engine/dlpack.h"
#include "engine/image/image.h"

namespace limpid::c {

/// The picture, height x width x 3, as a tensor that its `deleter` frees with it.
DLManagedTensor* managed(Image image);

}  // namespace limpid::c
