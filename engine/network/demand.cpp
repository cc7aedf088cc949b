// Which values a plan needs, and which of their channels.
#include <algorithm>
#include <numeric>

#include "engine/network/plan_draft.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

class DemandPass {
 public:
  explicit DemandPass(PlanDraft& draft) : draft_(draft), network_(draft.network) {
    for (const int width : draft.widths) masks_.emplace_back(static_cast<std::size_t>(width), false);
  }

  void run() {
    for (const TargetRequest& target : draft_.request.targets) want(target);
    for (ValueId id = network_.size() - 1; id > draft_.start; --id) pass_on(id);
    draft_.wanted.clear();
    for (const std::vector<bool>& mask : masks_) {
      ChannelList& channels = draft_.wanted.emplace_back();
      for (std::size_t c = 0; c < mask.size(); ++c) {
        if (mask[c]) channels.push_back(static_cast<int>(c));
      }
    }
    for (ValueId id = 0; id < draft_.start; ++id) {
      if (draft_.is_wanted(id)) refuse();
    }
  }

 private:
  std::vector<bool>& mask(ValueId id) { return masks_[static_cast<std::size_t>(id)]; }

  static bool any(const std::vector<bool>& mask) {
    return std::find(mask.begin(), mask.end(), true) != mask.end();
  }

  void want_all(ValueId id) { std::fill(mask(id).begin(), mask(id).end(), true); }

  void want(const TargetRequest& target) {
    const ValueId id = value_of(draft_, target);
    std::vector<bool> channels(mask(id).size(), target.channels.empty());
    for (const int c : target.channels) {
      if (c < 0 || c >= static_cast<int>(channels.size())) {
        fail_usage("{} has no channel {}: channels are 0 to {}", target.layer, c, channels.size() - 1);
      }
      channels[static_cast<std::size_t>(c)] = true;
    }
    if (target.pre_relu && network_.as<ConcatNode>(id) != nullptr) {
      want_parts(id, channels, true);
    } else {
      add(id, channels, 0);
    }
  }

  /// As many channels as the value has, from `first` on in those given.
  void add(ValueId id, const std::vector<bool>& channels, std::size_t first) {
    std::vector<bool>& own = mask(id);
    for (std::size_t c = 0; c < own.size(); ++c) {
      if (channels[first + c]) own[c] = true;
    }
  }

  void want_parts(ValueId concat, const std::vector<bool>& channels, bool pre_relu) {
    std::size_t first = 0;
    for (const ValueId part : network_.node(concat).inputs) {
      add(pre_relu ? draft_.maker(part) : part, channels, first);
      first += mask(part).size();
    }
  }

  void pass_on(ValueId id) {
    const ValueId relu = network_.as<ConvNode>(id) != nullptr ? relu_behind(id) : -1;
    if (!any(mask(id)) && (relu < 0 || !any(mask(relu)))) return;
    if (const auto* gated = network_.as<ReluNode>(id)) {
      // What is kept of a channel hangs on the others.
      if (gated->gate == ReluGate::top_k) want_all(id);
      return;  // Its convolution computes it.
    }
    if (network_.as<ConcatNode>(id) != nullptr) return want_parts(id, mask(id), false);
    for (const ValueId input : network_.node(id).inputs) want_all(input);
  }

  [[noreturn]] void refuse() const {
    const std::string& start = network_.node(draft_.start).name;
    for (const TargetRequest& target : draft_.request.targets) {
      const ValueId id = value_of(draft_, target);
      const bool before = id < draft_.start || (id == draft_.start && target.pre_relu);
      if (before || !network_.depends(id, draft_.start)) {
        fail_usage("{} is not computed from {}", target.layer + (target.pre_relu ? ":pre" : ""), start);
      }
    }
    fail_usage("{} is computed from more than {}", draft_.request.targets.front().layer, start);
  }

  ValueId relu_behind(ValueId conv) const { return draft_.fusion.relu[static_cast<std::size_t>(conv)]; }

  PlanDraft& draft_;
  const Network& network_;
  std::vector<std::vector<bool>> masks_;
};

}  // namespace

void find_demand(PlanDraft& draft) {
  DemandPass(draft).run();
}

}  // namespace limpid
