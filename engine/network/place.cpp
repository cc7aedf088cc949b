// Where the values of a network lie: concatenations are memory, not operations.
#include <algorithm>
#include <iterator>
#include <utility>

#include "engine/network/plan_draft.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

/// Values side by side in one buffer, or in two where both sides of ReLUs are wanted.
struct Home {
  ValueId first;                 ///< Homes are made in the order of their first node, computed or not.
  ValueId owner;                 ///< A concatenation, or the only member.
  std::vector<ValueId> members;  ///< Makers of the values, in memory order.
};

class PlacePass {
 public:
  explicit PlacePass(PlanDraft& draft) : draft_(draft), network_(draft.network) {
    const auto count = network_.nodes.size();
    draft_.placement = {ByValue<Slice>(count),       ByValue<ChannelMap>(count), ByValue<int>(count, -1),
                        ByValue<std::string>(count), ByValue<int>(count),        ByValue<bool>(count)};
  }

  void run() {
    place_start();
    std::vector<Home> homes = find_homes();
    std::stable_sort(homes.begin(), homes.end(),
                     [](const Home& a, const Home& b) { return a.first < b.first; });
    for (const Home& home : homes) number_members(home);
    for (const Home& home : homes) {
      if (home.owner != draft_.start) place_home(home);
    }
    for (ValueId id = draft_.start + 1; id < network_.size(); ++id) join(id);
  }

 private:
  Slice& slice(ValueId id) { return draft_.placement.slice[static_cast<std::size_t>(id)]; }
  ChannelMap& channels(ValueId id) { return draft_.placement.channels[static_cast<std::size_t>(id)]; }
  MapSize size(ValueId id) const { return draft_.sizes[static_cast<std::size_t>(id)]; }
  int width(ValueId id) const { return draft_.widths[static_cast<std::size_t>(id)]; }

  // ---- What the plan begins with ----------------------------------------------------------------------------------

  /// All channels of a value, in the order and with the padding they have where the value is computed.
  ChannelMap all_channels(ValueId id) const {
    const Node& node = network_.node(id);
    const bool own = network_.as<ConvNode>(id) != nullptr || network_.as<ReluNode>(id) != nullptr;
    if (own) return ChannelMap::range(0, width(id));
    if (node.inputs.empty()) return ChannelMap::unpadded(width(id));
    if (network_.as<ConcatNode>(id) == nullptr) return all_channels(node.inputs.front());
    ChannelMap all;
    int offset = 0;
    for (const ValueId part : node.inputs) {
      all.append(all_channels(part), offset);
      offset += width(part);
    }
    return all;
  }

  /// The picture has no buffer of the plan's.
  void place_start() {
    const ValueId start = draft_.start;
    channels(start) = all_channels(start);
    if (start == 0) return;
    const int groups = channels(start).groups();
    const std::string& name = network_.node(start).name;
    slice(start) = {draft_.add_buffer(name, BufferKind::activation, groups, size(start)), 0, groups};
    draft_.plan.start = {name,         slice(start),  {},           {}, channels(start),
                         width(start), size(start).h, size(start).w};
  }

  // ---- Homes ------------------------------------------------------------------------------------------------------

  std::vector<Home> find_homes() const {
    std::vector<bool> housed(network_.nodes.size());
    std::vector<Home> homes;
    for (ValueId id = 1; id < network_.size(); ++id) {
      if (network_.as<ConcatNode>(id) != nullptr) homes.push_back(home_of(id, housed));
    }
    for (ValueId id = 1; id < network_.size(); ++id) {
      const bool has_values = network_.as<ReluNode>(id) == nullptr && network_.as<PassNode>(id) == nullptr &&
                              network_.as<ConcatNode>(id) == nullptr;
      if (has_values && !housed[static_cast<std::size_t>(id)]) homes.push_back({id, id, {id}});
    }
    return homes;
  }

  Home home_of(ValueId concat, std::vector<bool>& housed) const {
    const std::vector<ValueId>& parts = network_.node(concat).inputs;
    Home home{concat, concat, {}};
    for (const ValueId sibling :
         draft_.fusion.siblings[static_cast<std::size_t>(draft_.maker(parts.front()))]) {
      if (leads_to_part(sibling, parts)) home.members.push_back(sibling);
    }
    for (const ValueId part : parts) home.members.push_back(draft_.maker(part));
    for (const ValueId member : home.members) {
      if (housed[static_cast<std::size_t>(member)]) {
        fail_runtime("plan: '{}' is a part of two concatenations", draft_.layer_name(member));
      }
      housed[static_cast<std::size_t>(member)] = true;
    }
    home.first = *std::min_element(home.members.begin(), home.members.end());
    return home;
  }

  /// Whether a convolution that makes a part reads this one's output.
  bool leads_to_part(ValueId conv, const std::vector<ValueId>& parts) const {
    const ValueId output = draft_.relu_of(conv) >= 0 ? draft_.relu_of(conv) : conv;
    return std::any_of(parts.begin(), parts.end(), [&](ValueId part) {
      const ValueId maker = draft_.maker(part);
      return network_.as<ConvNode>(maker) != nullptr && network_.node(maker).inputs.front() == output;
    });
  }

  void number_members(const Home& home) {
    for (const ValueId member : home.members) {
      const auto at = static_cast<std::size_t>(member);
      draft_.placement.home[at] = draft_.layer_name(home.owner);
      draft_.placement.rank[at] = members_++;
      draft_.placement.is_part[at] = is_part_of(member, home.owner);
    }
  }

  bool is_conv(ValueId id) const { return network_.as<ConvNode>(id) != nullptr; }

  /// The value of a member on one side of its ReLU; -1 where it is not wanted.
  ValueId wanted_value(ValueId member, bool pre_relu) const {
    if (!draft_.is_computed(member)) return -1;
    if (pre_relu) return draft_.wants_linear(member) ? member : -1;
    if (!draft_.wants_output(member)) return -1;
    return draft_.relu_of(member) >= 0 ? draft_.relu_of(member) : member;
  }

  void place_home(const Home& home) {
    bool both = false;
    bool parts_before = false;
    bool parts_after = false;
    for (const ValueId member : home.members) {
      if (!draft_.is_computed(member)) continue;
      set_channels(member);
      const bool is_part = member == home.owner || is_part_of(member, home.owner);
      both = both || draft_.wants_both(member);
      parts_before = parts_before || (is_part && draft_.wants_linear(member));
      parts_after = parts_after || (is_part && draft_.wants_output(member));
    }
    const bool apart = both || (parts_before && parts_after);
    int groups = 0;
    int linear_groups = 0;
    for (const ValueId member : home.members) {
      const auto set = [&](ValueId value, int& end) {
        if (value < 0) return;
        const int count = channels(member).groups();
        slice(value) = {-1, end, count};
        end += count;
      };
      set(wanted_value(member, false), groups);
      set(wanted_value(member, true), apart ? linear_groups : groups);
    }
    const std::string& name = draft_.layer_name(home.owner);
    const int buffer =
        groups > 0 ? draft_.add_buffer(name, BufferKind::activation, groups, size(home.owner)) : -1;
    const int linear =
        apart ? draft_.add_buffer(name + ":pre", BufferKind::activation, linear_groups, size(home.owner))
              : buffer;
    for (const ValueId member : home.members) {
      if (const ValueId value = wanted_value(member, false); value >= 0) slice(value).buffer = buffer;
      if (const ValueId value = wanted_value(member, true); value >= 0) slice(value).buffer = linear;
      if (draft_.is_computed(member)) add_argmax(member);
    }
  }

  bool is_part_of(ValueId member, ValueId concat) const {
    const std::vector<ValueId>& parts = network_.node(concat).inputs;
    return std::any_of(parts.begin(), parts.end(),
                       [&](ValueId part) { return draft_.maker(part) == member; });
  }

  /// Of a convolution, the filters that either side asks for; of others, the input's.
  void set_channels(ValueId id) {
    if (!is_conv(id)) {
      channels(id) = channels_of_input(network_.node(id).inputs.front());
      return;
    }
    ChannelList all = draft_.wanted[static_cast<std::size_t>(id)];
    const ValueId relu = draft_.relu_of(id);
    if (relu >= 0) {
      const ChannelList& after = draft_.wanted[static_cast<std::size_t>(relu)];
      ChannelList either;
      std::set_union(all.begin(), all.end(), after.begin(), after.end(), std::back_inserter(either));
      all = std::move(either);
    }
    channels(id) =
        static_cast<int>(all.size()) == width(id) ? ChannelMap::range(0, width(id)) : ChannelMap::of(all);
    if (relu >= 0) channels(relu) = channels(id);
  }

  /// What an operation reads is there in full.
  ChannelMap channels_of_input(ValueId input) const {
    return input == draft_.start ? draft_.channels(input) : all_channels(input);
  }

  void add_argmax(ValueId id) {
    if (network_.as<MaxPoolNode>(id) == nullptr) return;
    draft_.placement.argmax[static_cast<std::size_t>(id)] =
        draft_.add_buffer(network_.node(id).name + " argmax", BufferKind::argmax, slice(id).groups, size(id));
  }

  /// Values that lie where others do.
  void join(ValueId id) {
    if (!draft_.is_computed(id)) return;
    if (network_.as<PassNode>(id) != nullptr) {
      slice(id) = slice(network_.node(id).inputs.front());
      channels(id) = channels(network_.node(id).inputs.front());
    }
    if (network_.as<ConcatNode>(id) == nullptr) return;
    slice(id) = whole_slice(draft_, id, false);
    channels(id) = whole_channels(draft_, id, false);
  }

  PlanDraft& draft_;
  const Network& network_;
  int members_ = 0;
};

}  // namespace

Slice whole_slice(const PlanDraft& draft, ValueId concat, bool pre_relu) {
  Slice whole;
  for (const ValueId part : draft.network.node(concat).inputs) {
    const Slice& own = draft.slice(pre_relu ? draft.maker(part) : part);
    if (own.groups == 0) continue;
    if (whole.groups == 0) whole = {own.buffer, own.first, 0};
    whole.groups += own.groups;
  }
  return whole;
}

ChannelMap whole_channels(const PlanDraft& draft, ValueId concat, bool pre_relu) {
  ChannelMap whole;
  int offset = 0;
  for (const ValueId part : draft.network.node(concat).inputs) {
    const ValueId value = pre_relu ? draft.maker(part) : part;
    if (draft.slice(value).groups > 0) whole.append(draft.channels(value), offset);
    offset += draft.widths[static_cast<std::size_t>(part)];
  }
  return whole;
}

void place(PlanDraft& draft) {
  PlacePass(draft).run();
}

}  // namespace limpid
