#include "weights/check_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <set>
#include <vector>

#include "kernels/core/error.h"
#include "kernels/ops/lrn.h"

namespace limpid {
namespace {

/// Largest window of a convolution that is tested.
constexpr int kLargestConv = 7;

/// One network's nodes, in order; for std::visit of each one's operation.
class NodeCheck {
 public:
  NodeCheck(const Network& network, const std::string& origin) : network_(network), origin_(origin) {}

  void run() {
    if (network_.nodes.empty()) fail_input("{}: its network has no nodes", origin_);
    for (id_ = 0; id_ < network_.size(); ++id_) {
      check_inputs();
      if (id_ > 0) check_name(node().name, names_);
      std::visit([this](const auto& op) { (*this)(op); }, node().op);
    }
    if (names_.empty()) fail_input("{}: its network has no layer with a name", origin_);
    check_logits();
  }

  void operator()(const PictureNode&) const {
    if (id_ > 0) fail("it is the picture, which the first node alone is");
  }

  void operator()(const ConvNode& conv) {
    const bool first = input() == 0;
    if (conv.size < 1 || conv.size > kLargestConv) {
      fail(fmt::format("a convolution of {} x {} is not supported; those of 1 to {} are", conv.size,
                       conv.size, kLargestConv));
    }
    if (conv.stride != 1 && !(first && conv.stride == 2))
      fail(fmt::format("a stride of {} is not supported; 1 is, and 2 of the first convolution", conv.stride));
    check_name(conv.layer, layers_);
    if (conv.layer.empty()) fail("it has no layer's name for its parameters");
  }

  void operator()(const ReluNode&) {
    const auto* conv = network_.as<ConvNode>(input());
    if (conv == nullptr || !rectified_.insert(input()).second)
      fail("it is not the only ReLU behind a convolution");
    if (!network_.node(input()).name.empty())
      fail(fmt::format("it is a ReLU behind '{}': the layer is what leaves the ReLU",
                       network_.node(input()).name));
  }

  void operator()(const MaxPoolNode& pool) const {
    if (pool.size != 2 && pool.size != 3)
      fail(fmt::format("a pool of {} x {} is not supported; 2 and 3 are", pool.size, pool.size));
    if (pool.stride != 2 && !(pool.stride == 1 && pool.size == 3))
      fail(fmt::format("a stride of {} is not supported of a pool of {} x {}", pool.stride, pool.size,
                       pool.size));
  }

  void operator()(const LrnNode& node) const {
    const Lrn& lrn = node.rule;
    if (!(lrn.alpha >= 0) || !std::isfinite(lrn.alpha) || !(lrn.bias > 0) || !std::isfinite(lrn.bias)) {
      fail(fmt::format("LRN needs a finite alpha >= 0 and a finite bias > 0, not {} and {}", lrn.alpha,
                       lrn.bias));
    }
    if (!lrn_supports({lrn.radius, lrn.alpha, lrn.beta, lrn.bias})) {
      fail(fmt::format(
          "an LRN of radius {} and beta {} is not supported; a radius of 1 to 5 and a beta of 0.5 or 0.75 are",
          lrn.radius, lrn.beta));
    }
  }

  void operator()(const ConcatNode&) {
    for (const ValueId part : node().inputs) {
      const bool is_placed = network_.as<ConvNode>(part) != nullptr ||
                             network_.as<ReluNode>(part) != nullptr ||
                             network_.as<MaxPoolNode>(part) != nullptr;
      if (!is_placed) fail(fmt::format("node {} cannot be a part of a concatenation", part));
      if (!parts_.insert(part).second) fail(fmt::format("node {} is a part of two concatenations", part));
    }
  }

  void operator()(const AveragePoolNode&) const {}
  void operator()(const SoftmaxNode&) const {}
  void operator()(const PassNode&) const {}

 private:
  const Node& node() const { return network_.node(id_); }
  ValueId input() const { return node().inputs.front(); }

  [[noreturn]] void fail(const std::string& what) const {
    const std::string name = node().name.empty() ? "" : fmt::format(" ('{}')", node().name);
    fail_input("{}: node {}{}: {}", origin_, id_, name, what);
  }

  void check_inputs() {
    if (id_ == 0 && network_.as<PictureNode>(0) == nullptr) fail("the first node is the picture");
    const std::size_t count = node().inputs.size();
    const bool joins = network_.as<ConcatNode>(id_) != nullptr;
    if (joins ? count < 2 : count != (id_ == 0 ? 0U : 1U)) fail(fmt::format("it reads {} nodes", count));
    for (const ValueId input : node().inputs) {
      if (input < 0 || input >= id_) fail(fmt::format("it reads node {}, which is none before it", input));
      if (input > 0) continue;
      if (network_.as<ConvNode>(id_) == nullptr || picture_is_read_)
        fail("it reads the picture, which one convolution alone does");
      picture_is_read_ = true;
    }
  }

  /// An empty one is none.
  void check_name(const std::string& name, std::set<std::string>& taken) const {
    if (name.empty()) return;
    if (!is_layer_name(name)) fail(fmt::format("'{}' cannot name a layer", name));
    if (!taken.insert(name).second) fail(fmt::format("there is a layer '{}' already", name));
  }

  void check_logits() const {
    if (network_.logits == -1) return;
    const bool is_node = network_.logits > 0 && network_.logits < network_.size();
    const auto* conv = is_node ? network_.as<ConvNode>(network_.logits) : nullptr;
    if (conv == nullptr || conv->layer != network_.node(network_.logits).name)
      fail_input("{}: node {} is no convolution without a ReLU, as the logits are", origin_, network_.logits);
  }

  const Network& network_;
  const std::string& origin_;
  ValueId id_ = 0;
  bool picture_is_read_ = false;
  std::set<std::string> names_, layers_;
  std::set<ValueId> rectified_, parts_;
};

}  // namespace

bool is_layer_name(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  const auto is_rest = [&](char c) { return is_letter(c) || (c >= '0' && c <= '9') || c == '_'; };
  return !text.empty() && text.size() <= kLongestLayerName && is_letter(text.front()) &&
         std::all_of(text.begin(), text.end(), is_rest);
}

void check_network(const Network& network, const std::string& origin) {
  NodeCheck(network, origin).run();
}

}  // namespace limpid
