// Convolutions of the CPU backend, and how one is chosen.
#pragma once

#include <memory>

#include "kernels/conv/conv.h"
#include "kernels/conv/cpu_conv_request.h"

namespace limpid::cpu {

/// Whether `make_winograd_conv` takes the shape: 3x3 or 5x5, stride 1.
bool winograd_supports(const ConvShape& shape);

/// Winograd with 6 x 6 tiles (winograd.cpp). Relative error about 2e-6 in fp32.
std::unique_ptr<ConvPlan> make_winograd_conv(const CpuConvRequest& request, const ConvFilter& filter);

/// oneDNN's direct convolution (conv_onednn.cpp). Throws Error{runtime} where oneDNN would fall into its
/// reference kernel. With ReLU a NaN becomes 0, as oneDNN's maximum has it; without, it stays one.
std::unique_ptr<ConvPlan> make_onednn_conv(const CpuConvRequest& request, const ConvFilter& filter);

/// A plan for any request of the network: Winograd for 3x3 and 5x5 where the request allows it, oneDNN
/// otherwise. `threads` is the stream's.
std::unique_ptr<ConvPlan> make_conv_plan(const ConvRequest& request, const ConvFilter& filter, int threads);

/// The stem: oneDNN forward, own dgrad (stem_dgrad.cpp). `filter` is K x 3 x R x S.
std::unique_ptr<StemConvPlan> make_stem_plan(const ConvRequest& request, const ConvFilter& filter,
                                             int threads);

}  // namespace limpid::cpu
