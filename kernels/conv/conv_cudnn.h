// Convolutions of NVIDIA's cuDNN, through its graph interface. conv_cudnn.cpp is the only file that includes
// it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "kernels/conv/conv.h"
#include "kernels/conv/conv_choice.h"
#include "kernels/conv/filter_arena.h"

namespace limpid::cuda {

/// cuDNN on one device. Safe to use from several threads: calls wait for each other, for a handle of cuDNN
/// serves one thread at a time. Plans share it and may outlive it.
class Cudnn {
 public:
  /// On the calling thread's current device. Throws Error{runtime} saying what is missing.
  static Cudnn on_current_device();

  /// Without a device: what cuDNN would offer on a GPU with these properties, in cuDNN's JSON form. Plans can
  /// be listed and built, but not run. Throws Error{runtime} where cuDNN cannot be loaded.
  static Cudnn deviceless(const std::string& device_properties);

  /// 91900 for 9.19.0.
  static std::int64_t version();

  /// At most `most` algorithms that `rules` allow, the one to be preferred first: what cuDNN's heuristics
  /// propose and its fallbacks; then, where those are fewer, every other engine that accepts the convolution.
  /// Each was built into a plan once, so that its workspace is known and within the cap; where none is, the
  /// one that needs least. Throws Error{runtime} naming layer, shape and dtype when there is none at all.
  ///
  /// With a channel slice for an operand, all engines but those compiled at run time (and one without tensor
  /// cores) copy it to or from their workspace, seen in cuDNN 9.19.
  std::vector<ConvCandidate> candidates(const ConvRequest& request, const ChoiceRules& rules, int most) const;

  /// A plan of this algorithm.
  ///
  /// Source and target must be NHWC slices of buffers `source_channels` and `target_channels` wide, 16-byte
  /// aligned. The bias is rounded to `request.dtype` as the filter is: with one of fp32, cuDNN has only
  /// engines it compiles at run time. The sum, the bias and the ReLU are fp32, rounded once as they are
  /// stored. A NaN before the ReLU becomes 0. `run` may be captured into a CUDA graph once it has run before.
  std::unique_ptr<ConvPlan> make_plan(const ConvRequest& request, const DeviceFilter& filter,
                                      const ConvAlgorithm& algorithm) const;

 private:
  class Library;
  class Plan;
  class Graph;

  explicit Cudnn(std::shared_ptr<Library> library);

  std::shared_ptr<Library> library_;
};

}  // namespace limpid::cuda
