// What the plans of every GPU library have to say about the operands they are run with.
#pragma once

#include <cstddef>
#include <string>

#include "kernels/conv/conv.h"
#include "kernels/core/tensor.h"

namespace limpid::cuda {

/// Layer and convolution, as messages name them.
std::string where(const ConvRequest& request);

/// Throws Error{runtime} unless source and target are what the request was planned for: NHWC slices of
/// buffers `source_channels` and `target_channels` wide.
void require_operands(const ConvRequest& request, const Tensor& source, const Tensor& target);

/// Bytes to ask of a caller, who aligns to 64 bytes, so that `align_workspace` leaves `bytes` of them.
std::size_t padded_workspace(std::size_t bytes);

/// The first address from `workspace` on that is aligned as the libraries' kernels may rely on, to 256 bytes.
void* align_workspace(void* workspace);

}  // namespace limpid::cuda
