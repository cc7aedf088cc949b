#include "engine/network/plan_draft.h"

#include <algorithm>

#include "kernels/core/error.h"

namespace limpid {

bool PlanDraft::is_computed(ValueId id) const {
  if (id <= start) return false;
  if (network.as<ConvNode>(id) != nullptr) return is_wanted(id) || is_wanted(relu_of(id));
  if (network.as<ConcatNode>(id) == nullptr) return is_wanted(id);
  const std::vector<ValueId>& parts = network.node(id).inputs;
  return std::any_of(parts.begin(), parts.end(), [&](ValueId part) { return is_computed(maker(part)); });
}

Window PlanDraft::window_of(ValueId id) const {
  const MapSize in = sizes[static_cast<std::size_t>(network.node(id).inputs.front())];
  if (const auto* pool = network.as<MaxPoolNode>(id)) {
    return {pool->size, pool->stride, pool_extent(pool->padding, in.h, pool->size, pool->stride).before,
            pool_extent(pool->padding, in.w, pool->size, pool->stride).before};
  }
  const ConvNode& conv = *network.as<ConvNode>(id);
  return {conv.size, conv.stride, conv_extent(conv.padding, in.h, conv.size, conv.stride).before,
          conv_extent(conv.padding, in.w, conv.size, conv.stride).before};
}

ValueId value_of(const PlanDraft& draft, const TargetRequest& target) {
  const ValueId id = draft.network.find(target.layer);
  if (id < 0) fail_usage("unknown layer '{}'", target.layer);
  return target.pre_relu ? draft.maker(id) : id;
}

LrnConstants constants_of(const Lrn& rule) {
  return {rule.radius, rule.alpha, rule.beta, rule.bias};
}

}  // namespace limpid
