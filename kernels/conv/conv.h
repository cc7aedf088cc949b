// Convolution as every backend offers it: request -> plan -> run.
//
// A plan converts the filters once and owns them; it owns no activations and no workspace, and running it
// allocates nothing. There are no weight gradients in this project.
#pragma once

#include <cstddef>
#include <string>

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"
#include "kernels/core/window.h"

namespace limpid {

/// Geometry of a convolution, in physical channels (multiples of eight): input c x h x w, output k x p x q.
struct ConvShape {
  int c = 0, h = 0, w = 0;
  int k = 0, p = 0, q = 0;
  Window window;

  /// Multiply-accumulates of one image, counting padded taps.
  double macs() const { return 1.0 * k * c * window.size * window.size * p * q; }
};

enum class ConvDirection {
  fprop,  ///< y = x * filter + bias, ReLU where asked.
  dgrad,  ///< dL/dx from dL/dy with the same filter: the adjoint of fprop without bias.
};

/// What the planner asks of a backend.
struct ConvRequest {
  std::string layer;  ///< Canonical name, for messages.
  ConvShape shape;
  ConvDirection direction = ConvDirection::fprop;
  int batch = 1;  ///< Images per run.
  DType dtype = DType::f32;
  bool tf32 = false;  ///< f32 only: products may be taken in TF32 (ten bits of mantissa), as tensor cores do.
  bool relu = false;  ///< fprop: y = max(y, 0).
  bool accumulate = false;  ///< dgrad: dx += instead of dx =.
  /// Channels of the whole buffers that source and target are slices of; 0 for a tensor of its own. Backends
  /// whose layout interleaves channels need them for the strides.
  int source_channels = 0;
  int target_channels = 0;
  /// fprop: equal patches of x must give bit-equal y wherever they lie, so that ties in the max-pools behind
  /// stay ties. Forbids Winograd, whose rounding depends on the place within a tile.
  bool translation_exact = false;
};

/// Filter and bias in host memory, fp32, read while the plan is built.
struct ConvFilter {
  const float* weights = nullptr;  ///< K x C x R x S, physical channels.
  const float* bias = nullptr;     ///< K; null for none. Ignored by dgrad.
};

/// A convolution ready to run. Not for use by two callers at once.
class ConvPlan {
 public:
  virtual ~ConvPlan() = default;

  /// Bytes of scratch memory `run` needs, 64-byte aligned.
  virtual std::size_t workspace_bytes() const = 0;

  /// The algorithm and library that was chosen, e.g. "winograd 4x4" or "onednn jit:avx2".
  virtual std::string algorithm() const = 0;

  /// fprop: source = x, target = y. dgrad: source = dL/dy, target = dL/dx. Both may be channel slices.
  virtual void run(const Stream& stream, const Tensor& source, const Tensor& target, void* workspace) = 0;
};

/// The first convolution of the network: three planar fp32 input channels instead of groups, and an input
/// gradient that is not tensor-shaped. Both directions in one plan.
class StemConvPlan {
 public:
  virtual ~StemConvPlan() = default;
  virtual std::size_t workspace_bytes() const = 0;
  virtual std::string algorithm() const = 0;

  /// y = max(x * filter + bias, 0), x planar (n, 3, h, w). `relu` false leaves y as it is.
  virtual void fprop(const Stream& stream, Planar<const float> x, const Tensor& y, void* workspace) = 0;

  /// dL/dx (n, 3, h, w) from dL/dy, overwriting.
  virtual void dgrad(const Stream& stream, const Tensor& dy, Planar<float> dx, void* workspace) = 0;
};

}  // namespace limpid
