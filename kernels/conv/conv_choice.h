// Which of the algorithms a GPU library offers for a convolution may be taken, and in which order they are
// preferred. Pure logic: knows no library.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "kernels/conv/conv.h"

namespace limpid::cuda {

/// A parameter of an engine, as cuDNN numbers them (cudnnBackendKnobType_t); for cuBLASLt, the number of a
/// word of its algorithm descriptor and the word (cublasLtMatmulAlgo_t, which may be stored and used again).
struct Knob {
  int type = 0;
  std::int64_t value = 0;

  friend bool operator==(const Knob&, const Knob&) = default;
};

/// Whose kernel computes a convolution.
enum class ConvProvider {
  cudnn,
  stem_dgrad,      ///< kernels/conv/stem_dgrad.cu.
  cublaslt,        ///< 1x1 convolutions as products of matrices: see `is_matrix_product`.
  cudnn_in_depth,  ///< cuDNN's engines on blocks of 2x2 pixels: see space_to_depth.h.
};

/// An algorithm by what names it for good: engine and knobs mean the same as long as the library's version
/// does not change.
struct ConvAlgorithm {
  ConvProvider provider = ConvProvider::cudnn;
  int engine =
      0;  ///< cuDNN's global index, in depth or not; cuBLASLt's algorithm id; 0 with no knobs for our own.
  std::vector<Knob> knobs;

  /// "cudnn eng41 k2=0 k13=1"; "space to depth, cudnn eng1"; "hand: stem dgrad"; "cublaslt algo66 9e3779b9", a
  /// checksum of the knobs last.
  std::string name() const;

  friend bool operator==(const ConvAlgorithm&, const ConvAlgorithm&) = default;
};

/// An algorithm on offer, and what its library says of it.
struct ConvCandidate {
  ConvAlgorithm algorithm;
  std::size_t workspace_bytes = 0;
  bool tensor_cores = false;
  bool down_converts = false;  ///< Operands lose mantissa before they are multiplied.
  bool reduced_sums = false;   ///< Sums are kept in less than fp32.
  bool nondeterministic = false;
  bool winograd = false;
  bool fft = false;
  bool compiles_at_run_time = false;  ///< About two seconds of NVRTC for each plan.
  bool needs_cublaslt = false;        ///< An engine of cuDNN that hands the work on to cuBLASLt.
};

/// What a request demands of an algorithm.
struct ChoiceRules {
  bool strict_fp32 = false;        ///< No tensor cores: they round fp32 operands to TF32.
  bool translation_exact = false;  ///< ConvRequest::translation_exact.
  bool prefer_tensor_cores = false;
  bool ready_made = false;        ///< Nothing that is compiled at run time.
  std::size_t workspace_cap = 0;  ///< Bytes.
};

/// cuDNN's engines read and write packed tensors only: a channel slice of a wider buffer they copy to or from
/// their workspace, and some change the layout of both operands there. So the cap is both operands, packed,
/// and 64 MiB for split sums.
ChoiceRules rules_for(const ConvRequest& request);

/// Why the candidate must not be taken, in a few words; empty when it may. The workspace is not looked at.
std::string refusal(const ConvCandidate& candidate, const ChoiceRules& rules);

/// The candidates that may be taken, each once, in the order they are offered in, except that those without
/// tensor cores come later where the rules prefer those, and last those that are compiled at run time, which
/// start slowly, or that cuDNN hands on to cuBLASLt, which is better asked without it.
std::vector<ConvCandidate> rank(const std::vector<ConvCandidate>& offered, const ChoiceRules& rules);

/// Channels of the whole buffers behind source and target: the pixel strides of NHWC.
int source_pixel_stride(const ConvRequest& request);
int target_pixel_stride(const ConvRequest& request);

/// Whether the convolution is one product of matrices over NHWC: 1x1 of stride 1, a row for every pixel of
/// every image. Slices only set the distance of the rows, so that they are read and written where they lie.
bool is_matrix_product(const ConvRequest& request);

/// Whether source or target is a slice of a wider buffer.
bool has_slice(const ConvRequest& request);

/// Whether cuBLASLt is to be asked first where nothing was tuned: for products of matrices with a slice for
/// an operand. Every tensor-core engine that cuDNN 9.19 has ready copies such an operand to or from its
/// workspace, once more through memory: mixed4a's 1x1 at batch 64 in fp16 wants 4.59 MiB for a slice of 192
/// channels, which is the slice packed, and next to nothing for a tensor of its own, either way. cuBLASLt
/// needs no copy. Between whole buffers cuDNN's heuristics are as good a guess, and tuning decides.
bool prefers_cublaslt(const ConvRequest& request);

/// The request in one line, layer name aside: "fprop+relu 3x3/1 pad 1,1 64x192x28x28 @192 -> 64x28x28 @256
/// fp16". Equal lines have the same candidates; plan caches are keyed by it.
std::string describe(const ConvRequest& request);

}  // namespace limpid::cuda
