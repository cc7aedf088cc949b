// 1x1 convolutions as products of matrices, by NVIDIA's cuBLASLt. conv_cublaslt.cpp is the only file that
// includes it.
//
// Over NHWC a 1x1 convolution of stride 1 is y = x filter^T + bias, a row for every pixel of every image; its
// input gradient is dx = dy filter. A channel slice only sets the distance of the rows, so that slices are
// read and written where they lie.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "kernels/conv/conv.h"
#include "kernels/conv/conv_choice.h"
#include "kernels/conv/filter_arena.h"

namespace limpid::cuda {

/// cuBLASLt on one device. Safe to use from several threads. Plans share it and may outlive it.
class CublasLt {
 public:
  /// On the calling thread's current device. Throws Error{runtime} saying what is missing.
  static CublasLt on_current_device();

  /// 130100 for 13.1.0.
  static std::int64_t version();

  /// At most `most` algorithms that `rules` allow, the one that cuBLASLt's heuristic prefers first; none for
  /// convolutions that are no product of matrices (`is_matrix_product`), or that it knows no algorithm for.
  ///
  /// None cuts sums into parts that are added up later: whole products of a row and a column are summed in
  /// one place, so that an image's result does not depend on its slot.
  std::vector<ConvCandidate> candidates(const ConvRequest& request, const ChoiceRules& rules, int most) const;

  /// A plan of this algorithm, one of `candidates` of the same version of cuBLASLt. Throws Error{runtime} naming
  /// layer and shape where cuBLASLt refuses.
  ///
  /// Source and target must be NHWC slices of buffers `source_channels` and `target_channels` wide, 16-byte
  /// aligned. The bias is rounded to `request.dtype`, the type cuBLASLt takes it in; the sum, the bias and
  /// the ReLU are fp32, rounded once as they are stored. `run` may be captured into a CUDA graph once it has
  /// run before.
  std::unique_ptr<ConvPlan> make_plan(const ConvRequest& request, const DeviceFilter& filter,
                                      const ConvAlgorithm& algorithm) const;

 private:
  class Library;
  class Plan;

  explicit CublasLt(std::shared_ptr<Library> library);

  std::shared_ptr<Library> library_;
};

}  // namespace limpid::cuda
