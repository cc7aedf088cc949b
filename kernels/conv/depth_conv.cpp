#include "kernels/conv/depth_conv.h"

#include <cstddef>
#include <utility>

#include "kernels/conv/pixel_blocks.h"
#include "kernels/conv/plan_operands.h"
#include "kernels/conv/space_to_depth.h"
#include "kernels/core/error.h"

namespace limpid::cuda {
namespace {

std::size_t block_bytes(const ConvRequest& blocked) {
  const ConvShape& s = blocked.shape;
  return static_cast<std::size_t>(blocked.batch) * static_cast<std::size_t>(s.c) *
         static_cast<std::size_t>(s.h) * static_cast<std::size_t>(s.w) * size_of(blocked.dtype);
}

class DepthConvPlan final : public ConvPlan {
 public:
  DepthConvPlan(const ConvRequest& request, const ConvAlgorithm& algorithm, std::unique_ptr<ConvPlan> blocked)
      : request_(request),
        blocked_request_(in_depth(request)),
        name_(algorithm.name()),
        blocked_(std::move(blocked)) {}

  std::size_t workspace_bytes() const override {
    return padded_workspace(block_bytes(blocked_request_)) + blocked_->workspace_bytes();
  }
  std::string algorithm() const override { return name_; }

  void run(const Stream& stream, const Tensor& source, const Tensor& target, void* workspace) override {
    require_operands(request_, source, target);
    const ConvShape& s = blocked_request_.shape;
    const Tensor blocks =
        make_nhwc(align_workspace(workspace), request_.dtype, request_.batch, s.c / kGroup, s.h, s.w);
    void* rest = static_cast<std::byte*>(blocks.data) + block_bytes(blocked_request_);
    if (request_.direction == ConvDirection::fprop) {
      space_to_depth(stream, source, blocks);
      blocked_->run(stream, blocks, target, rest);
    } else {
      blocked_->run(stream, source, blocks, rest);
      depth_to_space(stream, blocks, target);
    }
  }

 private:
  ConvRequest request_, blocked_request_;
  std::string name_;
  std::unique_ptr<ConvPlan> blocked_;
};

}  // namespace

std::vector<ConvCandidate> depth_candidates(const Cudnn& cudnn, const ConvRequest& request,
                                            const ChoiceRules& rules, int most) {
  const ConvRequest blocked = in_depth(request);
  std::vector<ConvCandidate> result = cudnn.candidates(blocked, rules, most);
  for (ConvCandidate& candidate : result) {
    candidate.algorithm.provider = ConvProvider::cudnn_in_depth;
    candidate.workspace_bytes += block_bytes(blocked);
  }
  return result;
}

std::unique_ptr<ConvPlan> make_depth_conv(const Cudnn& cudnn, FilterArena& filters,
                                          const ConvRequest& request, const ConvFilter& filter,
                                          const ConvAlgorithm& algorithm) {
  if (!depth_supports(request)) fail_runtime("{}: {} does not serve it", where(request), algorithm.name());
  const std::vector<float> weights = filter_in_depth(request.shape, filter.weights);
  ConvAlgorithm inner = algorithm;
  inner.provider = ConvProvider::cudnn;
  const ConvRequest blocked = in_depth(request);
  const DeviceFilter device_filter = add_filter(filters, blocked, {weights.data(), filter.bias});
  return std::make_unique<DepthConvPlan>(request, algorithm, cudnn.make_plan(blocked, device_filter, inner));
}

}  // namespace limpid::cuda
