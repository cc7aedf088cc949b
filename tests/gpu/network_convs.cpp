#include "tests/gpu/network_convs.h"

#include <set>
#include <string>
#include <variant>

#include "engine/network/planner.h"
#include "kernels/conv/conv_choice.h"
#include "weights/synthetic.h"

namespace limpid::test {
namespace {

class Collector {
 public:
  Collector(const Plan& plan, std::set<std::string>& seen, std::vector<NetworkConv>& result)
      : plan_(plan), seen_(seen), result_(result) {}

  template <class Op>
  void operator()(const Op&) {}
  void operator()(const StemFpropOp& op) { add(op.conv, ConvDirection::fprop, false, kPicture, op.y); }
  void operator()(const StemDgradOp& op) { add(op.conv, ConvDirection::dgrad, false, op.dy, kPicture); }
  void operator()(const ConvFpropOp& op) { add(op.conv, ConvDirection::fprop, false, op.x, op.y); }
  void operator()(const ConvDgradOp& op) { add(op.conv, ConvDirection::dgrad, op.accumulate, op.dy, op.dx); }

 private:
  static constexpr Slice kPicture{-1, 0, 1};

  int width(const Slice& slice) const {
    return slice.buffer < 0 ? kGroup : plan_.buffers[static_cast<std::size_t>(slice.buffer)].groups * kGroup;
  }

  void add(int conv, ConvDirection direction, bool accumulate, const Slice& source, const Slice& target) {
    const PlanConv& layer = plan_.convs[static_cast<std::size_t>(conv)];
    ConvRequest request;
    request.layer = layer.name;
    request.shape = layer.shape;
    if (source.buffer < 0 || target.buffer < 0) request.shape.c = kGroup;
    request.direction = direction;
    request.batch = plan_.batch;
    request.relu = direction == ConvDirection::fprop && layer.relu;
    request.accumulate = accumulate;
    request.source_channels = width(source);
    request.target_channels = width(target);
    if (seen_.insert(cuda::describe(request)).second) {
      result_.push_back({request, source.first, target.first});
    }
  }

  const Plan& plan_;
  std::set<std::string>& seen_;
  std::vector<NetworkConv>& result_;
};

}  // namespace

std::vector<NetworkConv> network_convs(int batch) {
  const Model model = synthetic_model("bvlc_googlenet", 1);
  std::vector<NetworkConv> result;
  std::set<std::string> seen;
  for (const char* target : {"mixed5b", "softmax"}) {
    const Plan plan = make_plan(model, {{{target, false, {}}}, 224, 224, batch, true});
    Collector collector(plan, seen, result);
    for (const auto* ops : {&plan.forward, &plan.backward}) {
      for (const PlanOp& op : *ops) std::visit(collector, op.op);
    }
  }
  return result;
}

}  // namespace limpid::test
