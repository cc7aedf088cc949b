#include "engine/network/conv_requests.h"

#include <set>
#include <string>
#include <variant>

#include "kernels/conv/conv_choice.h"

namespace limpid {
namespace {

/// One overload per convolution among the operations; for std::visit.
class Requester {
 public:
  Requester(const Plan& plan, const ExecutorOptions& options, bool grouped_input)
      : plan_(plan), options_(options), grouped_input_(grouped_input) {}

  template <class Op>
  std::optional<ConvRequest> operator()(const Op&) const {
    return std::nullopt;
  }
  std::optional<ConvRequest> operator()(const StemFpropOp& op) const {
    ConvRequest wanted = stem_request(op.conv, ConvDirection::fprop);
    if (grouped_input_) wanted.target_channels = width(op.y);
    return wanted;
  }
  std::optional<ConvRequest> operator()(const StemDgradOp& op) const {
    ConvRequest wanted = stem_request(op.conv, ConvDirection::dgrad);
    if (grouped_input_) wanted.source_channels = width(op.dy);
    return wanted;
  }
  std::optional<ConvRequest> operator()(const ConvFpropOp& op) const {
    ConvRequest wanted = request(op.conv, ConvDirection::fprop);
    wanted.source_channels = width(op.x);
    wanted.target_channels = width(op.y);
    return wanted;
  }
  std::optional<ConvRequest> operator()(const StemPushOp& op) const {
    ConvRequest wanted = stem_request(op.conv, ConvDirection::fprop);
    if (grouped_input_) wanted.target_channels = width(op.dy);
    wanted.relu = false;
    return wanted;
  }
  std::optional<ConvRequest> operator()(const ConvPushOp& op) const {
    ConvRequest wanted = request(op.conv, ConvDirection::fprop);
    wanted.relu = false;
    wanted.translation_exact = false;  // Ties of the pools were decided in the forward pass.
    wanted.source_channels = width(op.dx);
    wanted.target_channels = width(op.dy);
    return wanted;
  }
  std::optional<ConvRequest> operator()(const ConvDgradOp& op) const {
    ConvRequest wanted = request(op.conv, ConvDirection::dgrad);
    wanted.accumulate = op.accumulate;
    wanted.source_channels = width(op.dy);
    wanted.target_channels = width(op.dx);
    return wanted;
  }

 private:
  /// Channels of the whole buffer a slice is cut from.
  int width(const Slice& slice) const {
    return plan_.buffers[static_cast<std::size_t>(slice.buffer)].groups * kGroup;
  }

  ConvRequest request(int conv, ConvDirection direction) const {
    const PlanConv& layer = plan_.convs[static_cast<std::size_t>(conv)];
    ConvRequest request;
    request.layer = layer.name;
    request.shape = layer.shape;
    request.direction = direction;
    request.batch = plan_.micro_batch;
    request.dtype = options_.dtype;
    request.tf32 = options_.tf32;
    request.relu = direction == ConvDirection::fprop && layer.relu;
    request.translation_exact = options_.translation_exact;
    return request;
  }

  ConvRequest stem_request(int conv, ConvDirection direction) const {
    ConvRequest wanted = request(conv, direction);
    if (!grouped_input_) return wanted;
    wanted.shape.c = kGroup;
    (direction == ConvDirection::fprop ? wanted.source_channels : wanted.target_channels) = kGroup;
    return wanted;
  }

  const Plan& plan_;
  const ExecutorOptions& options_;
  bool grouped_input_;
};

}  // namespace

std::optional<ConvRequest> conv_request(const Plan& plan, const AnyOp& op, const ExecutorOptions& options,
                                        bool grouped_input) {
  return std::visit(Requester(plan, options, grouped_input), op);
}

std::vector<ConvRequest> conv_requests(const Plan& plan, const ExecutorOptions& options, bool grouped_input) {
  std::vector<ConvRequest> result;
  std::set<std::string> seen;
  for (const auto* ops : {&plan.forward, &plan.backward, &plan.push}) {
    for (const PlanOp& op : *ops) {
      const auto wanted = conv_request(plan, op.op, options, grouped_input);
      if (wanted && seen.insert(cuda::describe(*wanted)).second) result.push_back(*wanted);
    }
  }
  return result;
}

}  // namespace limpid
