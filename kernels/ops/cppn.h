// A picture as a function of its coordinates: a compositional pattern-producing network.
#pragma once

#include <cstdint>

#include "kernels/core/host_device.h"
#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"

namespace limpid {

class OpContract;

/// Lucid's: eight hidden layers of 24, each followed by two activations of every channel, a = atan(z):
/// a / 0.67 and (a^2 - 0.45) / 0.396 (its unbiased form; lucent counts the output among the eight).
inline constexpr int kCppnLayers = 8;
inline constexpr int kCppnWidth = 24;
inline constexpr int kCppnActivations = 2 * kCppnWidth;
inline constexpr int kCppnCoordinates = 2;
inline constexpr int kMostCppnOutputs = 4;

/// One of the layers 0..kCppnLayers, the last being the output, and where its numbers lie among those of an
/// image: outputs x inputs weights, row by row, then a bias for each output.
struct CppnLayer {
  int inputs, outputs;
  std::int64_t first;
  LIMPID_HD std::int64_t biases() const { return first + std::int64_t{inputs} * outputs; }
  LIMPID_HD std::int64_t end() const { return biases() + outputs; }
};

LIMPID_HD CppnLayer cppn_layer(int layer, int planes) {
  constexpr int kFirst = kCppnWidth * (kCppnCoordinates + 1);
  constexpr int kHidden = kCppnWidth * (kCppnActivations + 1);
  if (layer == 0) return {kCppnCoordinates, kCppnWidth, 0};
  return {kCppnActivations, layer == kCppnLayers ? planes : kCppnWidth, kFirst + (layer - 1) * kHidden};
}

/// Parameters of one image with that many latent planes, at most kMostCppnOutputs.
LIMPID_HD std::int64_t cppn_parameters(int planes) {
  return cppn_layer(kCppnLayers, planes).end();
}

/// Where the rows of a picture lie in it, so that a large one can be made in parts. Pixels are square and the
/// longer side runs from -sqrt(3) to sqrt(3), first to last pixel (lucid, for squares); the middle is 0.
struct CppnFrame {
  int height;     ///< Of the whole picture.
  int first_row;  ///< The part's first.
};

/// Latent planes of the parameters, per pixel.
struct CppnFprop {
  const float* parameters;  ///< n x cppn_parameters(latent.c).
  Planar<float> latent;     ///< n x c x rows x w.
  CppnFrame frame;
};

/// Pixels whose gradients one task sums, before the tasks' sums are added one after the other: a result
/// depends on no thread. At most 256 tasks, each a multiple of 64 pixels.
LIMPID_HD std::int64_t cppn_chunk(std::int64_t pixels) {
  const std::int64_t share = (pixels + 255) / 256;
  const std::int64_t tiles = (share + 63) / 64;
  return 64 * (tiles < 4 ? 4 : tiles);
}
LIMPID_HD std::int64_t cppn_chunks(std::int64_t pixels) {
  return (pixels + cppn_chunk(pixels) - 1) / cppn_chunk(pixels);
}

/// dL/dparameters from dL/dlatent, over all pixels of whole pictures. Works everything out anew from the
/// parameters.
struct CppnBprop {
  const float* parameters;  ///< n x cppn_parameters(c).
  Planar<const float> dlatent;
  float* partials;     ///< n x cppn_chunks(h w) x cppn_parameters(c): scratch.
  float* dparameters;  ///< Like `parameters`.
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const CppnFprop& op, const OpContract& contract);
void check(const CppnBprop& op, const OpContract& contract);

namespace cpu {
void cppn_fprop(const Stream&, const CppnFprop&);
void cppn_bprop(const Stream&, const CppnBprop&);
}  // namespace cpu
namespace cuda {
void cppn_fprop(const Stream&, const CppnFprop&);
void cppn_bprop(const Stream&, const CppnBprop&);
}  // namespace cuda

}  // namespace limpid
