// Input gradient of the network's first convolution on the GPU, by hand.
#pragma once

#include <memory>

#include "kernels/conv/conv.h"

namespace limpid::cuda {

/// Whether `make_stem_dgrad` takes the request: a dgrad of stride 2 into one channel group, not accumulating,
/// whose filter fits shared memory.
bool stem_dgrad_supports(const ConvRequest& request);

/// dL/dx (n, h, w, 8) from dL/dy (n, p, q, k), both NHWC slices: three channels, and zeros in the other five.
/// Sums in fp32 in a fixed order, with a filter of fp32 in every precision; needs no workspace. Channels 3 to
/// 7 of the filter are taken to be zero. Throws Error{runtime} when the device is short of memory.
std::unique_ptr<ConvPlan> make_stem_dgrad(const Stream& stream, const ConvRequest& request,
                                          const ConvFilter& filter);

}  // namespace limpid::cuda
