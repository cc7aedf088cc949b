// Whether what an algorithm made is a number everywhere.
#pragma once

#include <cstdint>

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"

namespace limpid::cuda {

/// Sets `found`, on the device, to 1 where a value of the tensor is infinite or NaN; else leaves it as it is.
void find_not_finite(const Stream& stream, const Tensor& tensor, std::int32_t* found);

}  // namespace limpid::cuda
