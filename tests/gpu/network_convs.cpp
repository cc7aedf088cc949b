#include "tests/gpu/network_convs.h"

#include <set>
#include <stdexcept>
#include <string>
#include <utility>
#include <variant>

#include "engine/network/conv_requests.h"
#include "engine/network/planner.h"
#include "kernels/conv/conv_choice.h"
#include "weights/synthetic.h"

namespace limpid::test {
namespace {

/// The first groups of a convolution's source and target; for std::visit.
struct FirstGroups {
  template <class Op>
  std::pair<int, int> operator()(const Op&) const {
    throw std::logic_error("no convolution");
  }
  std::pair<int, int> operator()(const StemFpropOp& op) const { return {0, op.y.first}; }
  std::pair<int, int> operator()(const StemDgradOp& op) const { return {op.dy.first, 0}; }
  std::pair<int, int> operator()(const ConvFpropOp& op) const { return {op.x.first, op.y.first}; }
  std::pair<int, int> operator()(const ConvDgradOp& op) const { return {op.dy.first, op.dx.first}; }
};

}  // namespace

std::vector<NetworkConv> network_convs(int batch) {
  const Model model = synthetic_model("bvlc_googlenet", 1);
  std::vector<NetworkConv> result;
  std::set<std::string> seen;
  for (const char* target : {"mixed5b", "softmax"}) {
    const Plan plan = make_plan(model, {{{target, false, {}}}, 224, 224, batch, true});
    for (const auto* ops : {&plan.forward, &plan.backward}) {
      for (const PlanOp& op : *ops) {
        const auto request = conv_request(plan, op.op, {}, true);
        if (!request || !seen.insert(cuda::describe(*request)).second) continue;
        const auto [source, target] = std::visit(FirstGroups(), op.op);
        result.push_back({*request, source, target});
      }
    }
  }
  return result;
}

}  // namespace limpid::test
