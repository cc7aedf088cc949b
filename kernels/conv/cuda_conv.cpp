// Which algorithm of the CUDA backend serves which convolution.
#include "kernels/conv/cuda_conv.h"

#include <cuda_runtime.h>
#include <fmt/format.h>

#include <cstdio>
#include <limits>

#include "kernels/conv/depth_conv.h"
#include "kernels/conv/space_to_depth.h"
#include "kernels/conv/stem_dgrad_cuda.h"
#include "kernels/core/error.h"
#include "kernels/core/streams.h"

namespace limpid::cuda {
namespace {

PlanCacheScope scope_of_current_device() {
  int device = 0;
  cudaDeviceProp properties{};
  cudaError_t status = cudaGetDevice(&device);
  if (status == cudaSuccess) status = cudaGetDeviceProperties(&properties, device);
  if (status != cudaSuccess) fail_runtime("no usable CUDA device: {}", cudaGetErrorString(status));
  return {properties.name, properties.major * 10 + properties.minor, Cudnn::version(), CublasLt::version()};
}

}  // namespace

ConvContext::ConvContext()
    : scope_(scope_of_current_device()),
      cudnn_(Cudnn::on_current_device()),
      cublaslt_(CublasLt::on_current_device()),
      cache_(default_plan_cache_file(), scope_) {}

std::unique_ptr<ConvPlan> make_conv_plan(const ConvContext& context, const Stream& stream,
                                         const ConvRequest& request, const ConvFilter& filter,
                                         const ConvAlgorithm& algorithm) {
  switch (algorithm.provider) {
    case ConvProvider::cudnn:
      return context.cudnn().make_plan(stream, request, filter, algorithm);
    case ConvProvider::stem_dgrad:
      return make_stem_dgrad(stream, request, filter);
    case ConvProvider::cublaslt:
      return context.cublaslt().make_plan(stream, request, filter, algorithm);
    case ConvProvider::cudnn_in_depth:
      return make_depth_conv(context.cudnn(), stream, request, filter, algorithm);
  }
  fail_runtime("layer {}: no such algorithm", request.layer);
}

namespace {

/// An algorithm, and its plan.
struct Choice {
  ConvAlgorithm algorithm;
  std::unique_ptr<ConvPlan> plan;
};

Choice choose(const ConvContext& context, const Stream& stream, const ConvRequest& request,
              const ConvFilter& filter) {
  const auto take = [&](const ConvAlgorithm& algorithm) {
    return Choice{algorithm, make_conv_plan(context, stream, request, filter, algorithm)};
  };
  if (const auto tuned = context.cache().find(request)) {
    try {
      return take(tuned->algorithm);
    } catch (const Error& e) {
      say(stderr, "the tuned plan is not usable, an untuned one is taken: {}\n", e.what());
    }
  }
  const ChoiceRules rules = rules_for(request);
  if (prefers_depth(request)) return take(depth_candidates(context.cudnn(), request, rules, 1).front().algorithm);
  // In strict fp32 cuDNN has but one engine for the stem's dgrad, its slowest.
  if (stem_dgrad_supports(request)) return take({ConvProvider::stem_dgrad, 0, {}});
  if (prefers_cublaslt(request)) {
    const auto product = context.cublaslt().candidates(request, rules, 1);
    if (!product.empty()) return take(product.front().algorithm);
  }
  return take(context.cudnn().candidates(request, rules, 1).front().algorithm);
}

}  // namespace

std::unique_ptr<ConvPlan> make_conv_plan(const ConvContext& context, const Stream& stream,
                                         const ConvRequest& request, const ConvFilter& filter) {
  KeptAlgorithms* kept = context.kept();
  if (kept == nullptr) return choose(context, stream, request, filter).plan;
  std::string refused;
  if (const std::optional<ConvAlgorithm> algorithm = kept->find(request)) {
    try {
      return make_conv_plan(context, stream, request, filter, *algorithm);
    } catch (const Error& e) {
      refused = e.what();
    }
  }
  Choice choice = choose(context, stream, request, filter);
  if (!refused.empty()) {
    kept->replace(request, choice.algorithm, refused);
    return std::move(choice.plan);
  }
  const ConvAlgorithm agreed = kept->keep(request, choice.algorithm);
  if (agreed == choice.algorithm) return std::move(choice.plan);
  return make_conv_plan(context, stream, request, filter, agreed);
}

std::vector<ConvCandidate> conv_candidates(const ConvContext& context, const ConvRequest& request,
                                           const ChoiceRules& rules) {
  constexpr int kAll = std::numeric_limits<int>::max();
  std::vector<ConvCandidate> result = context.cudnn().candidates(request, rules, kAll);
  const std::vector<ConvCandidate> products = context.cublaslt().candidates(request, rules, kAll);
  result.insert(result.end(), products.begin(), products.end());
  if (stem_dgrad_supports(request)) {
    ConvCandidate own;
    own.algorithm.provider = ConvProvider::stem_dgrad;
    result.push_back(own);
  }
  if (depth_supports(request)) {
    const std::vector<ConvCandidate> in_blocks = depth_candidates(context.cudnn(), request, rules, kAll);
    result.insert(result.end(), in_blocks.begin(), in_blocks.end());
  }
  return result;
}

}  // namespace limpid::cuda
