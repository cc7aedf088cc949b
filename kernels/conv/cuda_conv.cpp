// Which algorithm of the CUDA backend serves which convolution.
#include "kernels/conv/cuda_conv.h"

#include <cuda_runtime.h>

#include <cstdio>
#include <exception>
#include <limits>

#include "kernels/conv/depth_conv.h"
#include "kernels/conv/plan_operands.h"
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

std::int32_t* ConvContext::verdict() {
  if (verdict_.data() == nullptr) verdict_ = DeviceBuffer(sizeof(std::int32_t), "a verdict");
  return static_cast<std::int32_t*>(verdict_.data());
}

void ConvContext::remember(const ConvRequest& request, const ConvAlgorithm& algorithm) {
  if (cache_.find(request)) return;
  cache_.store(request, {.algorithm = algorithm, .timed = false});
  changed_ = true;
}

void ConvContext::refuse(const ConvRequest& request, const ConvAlgorithm& algorithm, const std::string& why) {
  cache_.refuse(request, algorithm, why);
  changed_ = true;
}

void ConvContext::say_once(const std::string& line) {
  if (said_.insert(line).second) say(stderr, line);
}

void ConvContext::save_memory() noexcept {
  if (!std::exchange(changed_, false)) return;
  try {
    cache_.update();
  } catch (const std::exception&) {
    // As declared.
  }
}

std::unique_ptr<ConvPlan> make_conv_plan(const ConvContext& context, const Stream& stream,
                                         const ConvRequest& request, const ConvFilter& filter,
                                         const ConvAlgorithm& algorithm) {
  switch (algorithm.provider) {
    case ConvProvider::cudnn:
      return context.cudnn().make_plan(request, add_filter(context.filters(), request, filter), algorithm);
    case ConvProvider::stem_dgrad:
      return make_stem_dgrad(stream, request, filter);
    case ConvProvider::cublaslt:
      return context.cublaslt().make_plan(request, add_filter(context.filters(), request, filter), algorithm);
    case ConvProvider::cudnn_in_depth:
      return make_depth_conv(context.cudnn(), context.filters(), request, filter, algorithm);
  }
  fail_runtime("layer {}: no such algorithm", request.layer);
}

std::vector<ConvCandidate> conv_candidates(const ConvContext& context, const ConvRequest& request,
                                           const ChoiceRules& rules) {
  constexpr int kAll = std::numeric_limits<int>::max();
  std::vector<ConvCandidate> result;
  std::vector<std::string> reasons;
  const auto add = [&](auto ask) {
    try {
      const std::vector<ConvCandidate> offered = ask();
      result.insert(result.end(), offered.begin(), offered.end());
    } catch (const Error& e) {
      reasons.emplace_back(e.what());
    }
  };
  add([&] { return context.cudnn().candidates(request, rules, kAll); });
  add([&] { return context.cublaslt().candidates(request, rules, kAll); });
  if (stem_dgrad_supports(request)) {
    ConvCandidate own;
    own.algorithm.provider = ConvProvider::stem_dgrad;
    result.push_back(own);
  }
  if (depth_supports(request)) {
    add([&] { return depth_candidates(context.cudnn(), request, rules, kAll); });
  }
  if (result.empty())
    fail_runtime("{}", reasons.empty() ? where(request) + ": no algorithm" : reasons.front());
  for (const std::string& reason : reasons) say(stderr, "{}; the others are looked at\n", reason);
  return result;
}

}  // namespace limpid::cuda
