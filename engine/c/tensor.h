// DLPack's tensors as the engine's views.
#pragma once

#include "engine/dlpack.h"
#include "engine/network/tensor_view.h"

namespace limpid::c {

/// A tensor of four dimensions. Throws Error{usage} naming it where it is null, has no data, or is not fp32 in host
/// memory.
TensorView<float> view_of(const DLTensor* tensor, const char* name);

/// A picture, height x width x 3, as 1 x 3 x height x width.
TensorView<float> picture_of(const DLTensor* tensor, const char* name);

}  // namespace limpid::c
