// A plan in the making: what each pass over the network has found, for the passes after it.
//
// make_plan runs them in this order: infer_shapes, fuse, find_demand, schedule, place, emit_forward,
// emit_backward, emit_push, fuse_lrn_pools.
#pragma once

#include <string>
#include <vector>

#include "engine/network/infer_shapes.h"
#include "engine/network/plan.h"
#include "engine/network/plan_request.h"
#include "weights/model.h"
#include "weights/network.h"

namespace limpid {

/// One entry a node, in the passes' results.
template <class T>
using ByValue = std::vector<T>;

/// Which logical channels of a value are wanted, in ascending order; empty where it is not computed.
using ChannelList = std::vector<int>;

/// Which nodes are one operation.
struct Fusion {
  ByValue<ValueId> relu;  ///< Of a convolution: the ReLU behind it; -1 for none.
  /// Of every convolution: those that read the same input through the same window, itself among them, in order. They
  /// are computed as one as far as they lie side by side.
  ByValue<std::vector<ValueId>> siblings;
};

/// Where the values of a node are. A value with a ReLU behind it and that ReLU's own are two.
struct Placement {
  ByValue<Slice> slice;          ///< No groups where the value is not wanted.
  ByValue<ChannelMap> channels;  ///< Of a convolution, the same on both sides of its ReLU.
  ByValue<int> argmax;           ///< Buffer of a max-pool's.
  /// Of a value's maker: the concatenation whose memory it lies in, or its own layer; its place among all makers, in
  /// the order of memory; and whether the value is a part of that concatenation, not one in front.
  ByValue<std::string> home;
  ByValue<int> rank;
  ByValue<bool> is_part;
};

/// A convolution of siblings that lie next to each other, all with or all without a ReLU built in.
struct ConvRun {
  std::string name;
  int conv = -1;  ///< Of the plan.
  Slice x, y;
  std::vector<Slice> relus;  ///< Outputs of its ReLUs whose gradient is complete when its turn comes.
};

/// ReLUs that are an operation of their own, for the values on both sides are wanted.
struct Rectification {
  std::string name;
  Slice linear, rectified;
  std::vector<Slice> relus;  ///< The parts of `rectified`, one a convolution.
};

/// What is emitted together: convolutions that are siblings, or one node of another kind.
struct Unit {
  std::vector<ValueId> nodes;
  std::vector<ConvRun> runs;                  ///< Of convolutions; made by emit_forward.
  std::vector<Rectification> rectifications;  ///< Of convolutions or of a concatenation's parts; likewise.
};

struct PlanDraft {
  const Model& model;
  const Network& network;
  const PlanRequest& request;
  ValueId start = 0;    ///< The value the plan begins with.
  ByValue<int> widths;  ///< Logical channels.
  ByValue<MapSize> sizes;
  /// As an operation or a target asks for the value itself: of a convolution, before its ReLU.
  ByValue<ChannelList> wanted;
  Fusion fusion;
  std::vector<Unit> units;  ///< In the order they run.
  Placement placement;
  Plan plan;

  ValueId relu_of(ValueId conv) const { return fusion.relu[static_cast<std::size_t>(conv)]; }
  bool is_wanted(ValueId id) const { return id >= 0 && !wanted[static_cast<std::size_t>(id)].empty(); }

  /// Of a convolution: values before its ReLU are wanted, and those after it or of one that has none.
  bool wants_linear(ValueId conv) const { return relu_of(conv) >= 0 && is_wanted(conv); }
  bool wants_output(ValueId conv) const { return is_wanted(relu_of(conv) >= 0 ? relu_of(conv) : conv); }
  bool wants_both(ValueId conv) const { return wants_linear(conv) && wants_output(conv); }

  /// Whether any operation computes the node: for a convolution, either side of its ReLU is wanted.
  bool is_computed(ValueId id) const;

  /// The convolution a ReLU is behind, any other node itself.
  ValueId maker(ValueId id) const {
    return network.as<ReluNode>(id) != nullptr ? network.node(id).inputs.front() : id;
  }

  /// Name of the layer a node makes, its ReLU included.
  const std::string& layer_name(ValueId id) const {
    const ValueId relu = fusion.relu[static_cast<std::size_t>(id)];
    return network.node(relu >= 0 ? relu : id).name;
  }

  /// Of a convolution or a max-pool, over the map it reads.
  Window window_of(ValueId id) const;

  const Slice& slice(ValueId id) const { return placement.slice[static_cast<std::size_t>(id)]; }
  const ChannelMap& channels(ValueId id) const { return placement.channels[static_cast<std::size_t>(id)]; }

  /// Where a convolution writes.
  const Slice& written(ValueId conv) const {
    return wants_linear(conv) || relu_of(conv) < 0 ? slice(conv) : slice(relu_of(conv));
  }

  int add_buffer(std::string name, BufferKind kind, int groups, MapSize size) {
    plan.buffers.push_back({std::move(name), kind, groups, size.h, size.w});
    return static_cast<int>(plan.buffers.size()) - 1;
  }
};

/// The value a target names: of one before its ReLU, the convolution; of a concatenation the node, on either side.
ValueId value_of(const PlanDraft& draft, const TargetRequest& target);

LrnConstants constants_of(const Lrn& rule);

/// Fills `fusion`.
void fuse(PlanDraft& draft);

/// Fills `wanted`. Going backwards, each operation asks for all channels of what it reads; a concatenation hands its
/// demand on to its parts. Throws Error{usage} for a channel out of range and for what does not come from the start.
void find_demand(PlanDraft& draft);

/// Fills `units`: depth first, so that a value is used while it is fresh; of the operations that read one value,
/// those first that can mask its gradient as they write it, so that they are last on the way back.
void schedule(PlanDraft& draft);

/// Fills `placement` and adds the buffers of all maps: the parts of a concatenation lie side by side in one, in front
/// of them such siblings of the first as lead to other parts. Values that are wanted on both sides of a ReLU, and
/// parts of a concatenation of which some are wanted on either side, have a second buffer for what is before it.
void place(PlanDraft& draft);

/// Appends the forward operations, and the targets.
void emit_forward(PlanDraft& draft);

/// Appends the backward operations: the units' in reverse, each after those of all that reads it.
void emit_backward(PlanDraft& draft);

/// Appends the operations along a tangent, one or two for each of the forward ones, which are all there.
void emit_push(Plan& plan, bool linear);

/// Makes one operation of an LRN and the max-pool behind it, forwards and backwards, where nothing else takes what is
/// between them.
void fuse_lrn_pools(Plan& plan);

/// A concatenation on either side of its parts' ReLUs, as far as it is wanted there.
Slice whole_slice(const PlanDraft& draft, ValueId concat, bool pre_relu);
ChannelMap whole_channels(const PlanDraft& draft, ValueId concat, bool pre_relu);

}  // namespace limpid
