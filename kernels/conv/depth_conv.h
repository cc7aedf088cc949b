// The network's first convolution by cuDNN on blocks of 2x2 pixels (space_to_depth.h).
#pragma once

#include <memory>
#include <vector>

#include "kernels/conv/conv_cudnn.h"

namespace limpid::cuda {

/// cuDNN's algorithms for the request in blocks, `Cudnn::candidates` with the rules that are the request's; their
/// workspace includes the blocks.
std::vector<ConvCandidate> depth_candidates(const Cudnn& cudnn, const ConvRequest& request,
                                            const ChoiceRules& rules, int most);

/// Two kernels: of fprop, the picture into blocks in the workspace and the convolution; of dgrad, the convolution's
/// adjoint and the blocks into a picture. Otherwise as `Cudnn::make_plan`.
std::unique_ptr<ConvPlan> make_depth_conv(const Cudnn& cudnn, FilterArena& filters,
                                          const ConvRequest& request, const ConvFilter& filter,
                                          const ConvAlgorithm& algorithm);

}  // namespace limpid::cuda
