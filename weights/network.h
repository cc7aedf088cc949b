// A network as data: its operations in topological order, how they connect, and what its layers are called.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "kernels/core/window.h"
#include "weights/lrn_rule.h"

namespace limpid {

/// A value by the node that makes it: its index in Network::nodes. 0 is the picture.
using ValueId = int;

/// What the network reads. The first node, and no other.
struct PictureNode {
  bool operator==(const PictureNode&) const = default;
};

/// A convolution with bias; its parameters are the model's layer of that name.
struct ConvNode {
  std::string layer;
  int size = 1;  ///< Of the square window.
  int stride = 1;
  Padding padding = Padding::symmetric;

  bool operator==(const ConvNode&) const = default;
};

/// What of a ReLU's outputs goes on.
enum class ReluGate {
  open,       ///< All.
  top_k,      ///< Of each position the largest (kernels/ops/top_k.h).
  threshold,  ///< Those above their channel's threshold: a JumpReLU (kernels/ops/jump_relu.h).
};

/// Directly behind a convolution, of whose values it is the only such reader.
struct ReluNode {
  ReluGate gate = ReluGate::open;
  int kept = 0;  ///< Values of a position that TopK keeps.

  bool operator==(const ReluNode&) const = default;
};

struct MaxPoolNode {
  int size = 3;
  int stride = 1;
  Padding padding = Padding::symmetric;

  bool operator==(const MaxPoolNode&) const = default;
};

struct LrnNode {
  Lrn rule;

  bool operator==(const LrnNode&) const = default;
};

/// Over the whole map.
struct AveragePoolNode {
  bool operator==(const AveragePoolNode&) const = default;
};

/// Along the channels. A value stands in one concatenation at most.
struct ConcatNode {
  bool operator==(const ConcatNode&) const = default;
};

/// Over the channels of each position.
struct SoftmaxNode {
  bool operator==(const SoftmaxNode&) const = default;
};

/// Hands its input on: a layer with a name that a member of the family leaves out.
struct PassNode {
  bool operator==(const PassNode&) const = default;
};

using AnyNode = std::variant<PictureNode, ConvNode, ReluNode, MaxPoolNode, LrnNode, AveragePoolNode,
                             ConcatNode, SoftmaxNode, PassNode>;

struct Node {
  /// Of the layer whose values these are, without a second in the network. A convolution with a ReLU behind it has
  /// none: the layer is what leaves the ReLU, and the convolution that layer before it (":pre").
  std::string name;
  std::vector<std::string> aliases;  ///< Other programs' names.
  AnyNode op;
  std::vector<ValueId> inputs;  ///< All less than the node's own id.

  bool operator==(const Node&) const = default;
};

struct Network {
  std::vector<Node> nodes;
  ValueId logits = -1;  ///< One channel a class; its softmax, where there is one, reads it.

  const Node& node(ValueId id) const { return nodes[static_cast<std::size_t>(id)]; }
  int size() const { return static_cast<int>(nodes.size()); }

  /// The operation of a node, or null where it is another.
  template <class Op>
  const Op* as(ValueId id) const {
    return std::get_if<Op>(&node(id).op);
  }

  /// The layer of that name, or -1. An alias is none.
  ValueId find(std::string_view name) const;

  /// Names of the layers, in order: all nodes that have one but the picture.
  std::vector<std::string> layer_names() const;

  /// Whether the values have a side before a ReLU: they leave one, or are a concatenation of such.
  bool has_relu(ValueId id) const;

  /// Whether channels are classes: the logits or their softmax.
  bool is_classes(ValueId id) const;

  /// Names of the layers that end in a ReLU and that the logits (where there are none, the last value) are computed through,
  /// by whatever way, in order: stem and modules.
  std::vector<std::string> trunk_layers() const;

  /// Of every value: how many layers come before it that the logits (where there are none, the last value) are
  /// computed through, by whatever way.
  std::vector<int> trunk_depths() const;

  /// Whether `later` is computed from `earlier`, or is it.
  bool depends(ValueId later, ValueId earlier) const;
};

}  // namespace limpid
