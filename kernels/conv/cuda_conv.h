// Convolutions of the CUDA backend, and how one is chosen.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kernels/conv/conv.h"
#include "kernels/conv/conv_choice.h"
#include "kernels/conv/conv_cublaslt.h"
#include "kernels/conv/conv_cudnn.h"
#include "kernels/conv/device_buffer.h"
#include "kernels/conv/filter_arena.h"
#include "kernels/conv/kept_algorithms.h"
#include "kernels/conv/plan_cache.h"

namespace limpid::cuda {

/// What all convolutions of one device share. Plans may outlive it.
class ConvContext {
 public:
  /// For the calling thread's current device, with the plan cache of `default_plan_cache_file()`. Throws
  /// Error{runtime} saying what is missing: driver, device or library.
  ConvContext();

  const Cudnn& cudnn() const { return cudnn_; }
  const CublasLt& cublaslt() const { return cublaslt_; }
  PlanCache& cache() { return cache_; }
  const PlanCache& cache() const { return cache_; }
  FilterArena& filters() const { return *filters_; }

  /// A number on the device that first runs leave their verdict in, one after the other.
  std::int32_t* verdict();

  /// From now on plans are of the algorithms that this file keeps, and what it lacks is added.
  void keep_algorithms(std::filesystem::path file) { kept_.emplace(std::move(file), scope_); }
  KeptAlgorithms* kept() { return kept_ ? &*kept_ : nullptr; }

  /// Remembers what heuristics chose and a first run has proven, so that they need not be asked again: that costs some
  /// 12 ms of processor time a convolution.
  void remember(const ConvRequest& request, const ConvAlgorithm& algorithm);

  /// Passes an algorithm over from now on, here and in later processes.
  void refuse(const ConvRequest& request, const ConvAlgorithm& algorithm, const std::string& why);

  /// To stderr, unless it was said before.
  void say_once(const std::string& line);

  /// Writes what was remembered or refused since. That it cannot be written costs time alone, later, and is not told.
  void save_memory() noexcept;

 private:
  PlanCacheScope scope_;
  Cudnn cudnn_;
  CublasLt cublaslt_;
  PlanCache cache_;
  bool changed_ = false;
  DeviceBuffer verdict_;
  std::set<std::string> said_;
  std::optional<KeptAlgorithms> kept_;
  std::shared_ptr<FilterArena> filters_ = std::make_shared<FilterArena>();
};

/// Whether the device's context is beyond use, as after an access out of bounds: every call fails from then on.
bool context_is_broken();

/// A plan for any request of the network: what the context keeps; else what it remembers, tuned on this card or not; else the stem
/// on blocks of pixels (see `prefers_depth`) or our own kernel for its input gradient; else what the heuristics of cuBLASLt (see
/// `prefers_cublaslt`) or cuDNN prefer of what the request allows. Its first run, which must not be within a capture, says whether
/// it works: an algorithm that fails, or makes of numbers what is none, gives way to the next, in one line to stderr each. (A lane's
/// first runs come before its first job and go over cleared memory: of a gradient of zeros little more is learnt than that it runs.)
/// One that breaks the context is passed over from the next process on. A library that has none for the request gives way to the
/// next, in one line as well. The context must outlive that run. Throws Error{runtime} naming layer, shape and dtype, and
/// OutOfMemory.
std::unique_ptr<ConvPlan> make_conv_plan(ConvContext& context, const Stream& stream,
                                         const ConvRequest& request, const ConvFilter& filter);

/// A plan of this algorithm.
std::unique_ptr<ConvPlan> make_conv_plan(const ConvContext& context, const Stream& stream,
                                         const ConvRequest& request, const ConvFilter& filter,
                                         const ConvAlgorithm& algorithm);

/// Every algorithm that the rules allow for the request: cuDNN's, on blocks of pixels too, cuBLASLt's and ours. Where one of them
/// has none, a line to stderr says why; throws Error{runtime} where all have none.
std::vector<ConvCandidate> conv_candidates(const ConvContext& context, const ConvRequest& request,
                                           const ChoiceRules& rules);

}  // namespace limpid::cuda
