// A convolution of stride 2 on three channels as one of stride 1 on blocks of 2x2 pixels, for a GPU's tensor cores.
//
// Its sums are the same products in another order: a block's sixteen channels are its pixels' (four each, the last of
// them zero), and a filter of 7x7 taps becomes one of 4x4 blocks, whose taps beyond the filter are zero. So an infinity
// or NaN reaches outputs whose window it is next to, too. Pure geometry: knows no library.
#pragma once

#include <vector>

#include "kernels/conv/conv.h"

namespace limpid::cuda {

inline constexpr int kBlockEdge = 2;      ///< Pixels of a block, along either side.
inline constexpr int kPixelChannels = 4;  ///< That each has in a block.
inline constexpr int kColours = 3;
/// That of pixel (row, column) and colour c is 8 row + 4 column + c.
inline constexpr int kBlockChannels = kBlockEdge * kBlockEdge * kPixelChannels;

/// Whether the request is a convolution of stride 2 into or out of one channel group, of which three channels are
/// there, and does not accumulate.
bool depth_supports(const ConvRequest& request);

/// The same convolution on blocks: (h + 1) / 2 x (w + 1) / 2 of them, those at the edge of an odd map with pixels of
/// zeros. The request must be supported.
ConvRequest in_depth(const ConvRequest& request);

/// The filter of that, K x 16 x R' x S', of one for pixels, K x 8 x R x S.
std::vector<float> filter_in_depth(const ConvShape& shape, const float* weights);

/// Whether it is taken where nothing was tuned: unless products are strict fp32, which no tensor core takes. By cuDNN
/// 9.19's own account of an H200, asked in fp16 without one: for pixels its first choice is an engine of Ampere's form
/// forward (eng32) and one that needs 148.8 MiB at batch 64 backward; for blocks one of Hopper's form without a
/// workspace both ways (eng41, eng67). Counted: an image's fprop is 205 million products for 315, its dgrad 205 million
/// on tensor cores for the 118 million of our own kernel (stem_dgrad.cu) on CUDA cores, at 190 instructions for 96;
/// the copies to or from blocks move 1.2 MB more each way. Predicted: 5 of 10.7 us an image at batch 64, both ways; not
/// measured on a card. Tuning measures both.
bool prefers_depth(const ConvRequest& request);

}  // namespace limpid::cuda
