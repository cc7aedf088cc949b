// Which nodes of a network are one operation: convolutions with their ReLU, and siblings.
#include <algorithm>

#include "engine/network/plan_draft.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

bool same_window(const ConvNode& a, const ConvNode& b) {
  return a.size == b.size && a.stride == b.stride && a.padding == b.padding;
}

}  // namespace

void fuse(PlanDraft& draft) {
  const Network& network = draft.network;
  draft.fusion.relu.assign(network.nodes.size(), -1);
  draft.fusion.siblings.assign(network.nodes.size(), {});
  for (ValueId id = 1; id < network.size(); ++id) {
    const ValueId input = network.node(id).inputs.front();
    if (network.as<ReluNode>(id) != nullptr) {
      ValueId& relu = draft.fusion.relu[static_cast<std::size_t>(input)];
      if (network.as<ConvNode>(input) == nullptr || relu >= 0) {
        fail_runtime("plan: the ReLU '{}' is not the only one behind a convolution", network.node(id).name);
      }
      relu = id;
    }
    const auto* conv = network.as<ConvNode>(id);
    if (conv == nullptr) continue;
    std::vector<ValueId> siblings = {id};
    for (ValueId other = 1; other < id; ++other) {
      const auto* earlier = network.as<ConvNode>(other);
      if (earlier == nullptr || network.node(other).inputs.front() != input || !same_window(*conv, *earlier))
        continue;
      siblings.insert(siblings.end() - 1, other);
    }
    for (const ValueId sibling : siblings)
      draft.fusion.siblings[static_cast<std::size_t>(sibling)] = siblings;
  }
}

}  // namespace limpid
