// Convolutions of the CUDA backend, and how one is chosen.
#pragma once

#include <filesystem>
#include <memory>
#include <optional>
#include <vector>

#include "kernels/conv/conv.h"
#include "kernels/conv/conv_choice.h"
#include "kernels/conv/conv_cublaslt.h"
#include "kernels/conv/conv_cudnn.h"
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

  /// From now on plans are of the algorithms that this file keeps, and what it lacks is added.
  void keep_algorithms(std::filesystem::path file) { kept_.emplace(std::move(file), scope_); }
  KeptAlgorithms* kept() const { return kept_ ? &*kept_ : nullptr; }

 private:
  PlanCacheScope scope_;
  Cudnn cudnn_;
  CublasLt cublaslt_;
  PlanCache cache_;
  mutable std::optional<KeptAlgorithms> kept_;
};

/// A plan for any request of the network: what the context keeps; else what tuning found fastest on this card; else the stem
/// on blocks of pixels (see `prefers_depth`) or our own kernel for its input gradient; else what the heuristics of cuBLASLt (see
/// `prefers_cublaslt`) or cuDNN prefer of
/// what the request allows. Throws Error{runtime} naming layer, shape and dtype.
std::unique_ptr<ConvPlan> make_conv_plan(const ConvContext& context, const Stream& stream,
                                         const ConvRequest& request, const ConvFilter& filter);

/// A plan of this algorithm.
std::unique_ptr<ConvPlan> make_conv_plan(const ConvContext& context, const Stream& stream,
                                         const ConvRequest& request, const ConvFilter& filter,
                                         const ConvAlgorithm& algorithm);

/// Every algorithm that the rules allow for the request: cuDNN's, on blocks of pixels too, cuBLASLt's and ours.
std::vector<ConvCandidate> conv_candidates(const ConvContext& context, const ConvRequest& request,
                                           const ChoiceRules& rules);

}  // namespace limpid::cuda
