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

std::unique_ptr<ConvPlan> make_conv_plan(const ConvContext& context, const Stream& stream,
                                         const ConvRequest& request, const ConvFilter& filter) {
  if (const auto tuned = context.cache().find(request)) {
    try {
      return make_conv_plan(context, stream, request, filter, tuned->algorithm);
    } catch (const Error& e) {
      say(stderr, "the tuned plan is not usable, an untuned one is taken: {}\n", e.what());
    }
  }
  const ChoiceRules rules = rules_for(request);
  if (prefers_depth(request)) {
    const auto best = depth_candidates(context.cudnn(), request, rules, 1);
    return make_depth_conv(context.cudnn(), stream, request, filter, best.front().algorithm);
  }
  // In strict fp32 cuDNN has but one engine for the stem's dgrad, its slowest.
  if (stem_dgrad_supports(request)) return make_stem_dgrad(stream, request, filter);
  if (prefers_cublaslt(request)) {
    const auto product = context.cublaslt().candidates(request, rules, 1);
    if (!product.empty()) {
      return context.cublaslt().make_plan(stream, request, filter, product.front().algorithm);
    }
  }
  const auto best = context.cudnn().candidates(request, rules, 1);
  return context.cudnn().make_plan(stream, request, filter, best.front().algorithm);
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
