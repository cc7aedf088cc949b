// The order in which a network's operations run.
#include <algorithm>

#include "engine/network/plan_draft.h"

namespace limpid {
namespace {

class Scheduler {
 public:
  explicit Scheduler(PlanDraft& draft)
      : draft_(draft),
        network_(draft.network),
        done_(draft.network.nodes.size(), false),
        readers_(done_.size()) {
    for (ValueId id = 1; id < network_.size(); ++id) {
      for (const ValueId input : network_.node(id).inputs)
        readers_[static_cast<std::size_t>(input)].push_back(id);
    }
    for (std::vector<ValueId>& readers : readers_) {
      std::stable_partition(readers.begin(), readers.end(), [&](ValueId id) { return masks_gradients(id); });
    }
  }

  void run() {
    done_[static_cast<std::size_t>(draft_.start)] = true;
    visit_readers(draft_.start);
  }

 private:
  /// Whether its way back can apply the ReLU's mask as it writes; see MaxPoolBprop::relu_output.
  bool masks_gradients(ValueId id) const {
    return network_.as<MaxPoolNode>(id) != nullptr || network_.as<LrnNode>(id) != nullptr ||
           network_.as<AveragePoolNode>(id) != nullptr;
  }

  bool is_ready(ValueId id) const {
    const std::vector<ValueId>& inputs = network_.node(id).inputs;
    return std::all_of(inputs.begin(), inputs.end(), [&](ValueId input) {
      return done_[static_cast<std::size_t>(input)] || !draft_.is_computed(draft_.maker(input));
    });
  }

  void visit_readers(ValueId id) {
    for (const ValueId reader : readers_[static_cast<std::size_t>(id)]) {
      if (!done_[static_cast<std::size_t>(reader)] && draft_.is_computed(reader) && is_ready(reader))
        visit(reader);
    }
  }

  void visit(ValueId id) {
    std::vector<ValueId> nodes = {id};
    if (network_.as<ConvNode>(id) != nullptr) {
      nodes.clear();
      for (const ValueId sibling : draft_.fusion.siblings[static_cast<std::size_t>(id)]) {
        if (draft_.is_computed(sibling)) nodes.push_back(sibling);
      }
    }
    std::vector<ValueId> made = nodes;
    for (const ValueId node : nodes) {
      if (draft_.relu_of(node) >= 0) made.push_back(draft_.relu_of(node));
    }
    for (const ValueId value : made) done_[static_cast<std::size_t>(value)] = true;
    draft_.units.push_back({std::move(nodes), {}, {}});
    for (const ValueId value : made) visit_readers(value);
  }

  PlanDraft& draft_;
  const Network& network_;
  ByValue<bool> done_;
  ByValue<std::vector<ValueId>> readers_;
};

}  // namespace

void schedule(PlanDraft& draft) {
  Scheduler(draft).run();
}

}  // namespace limpid
