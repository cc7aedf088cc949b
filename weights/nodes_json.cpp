#include "weights/nodes_json.h"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <nlohmann/json.hpp>
#include <utility>

#include "kernels/core/error.h"
#include "kernels/core/json_depth.h"
#include "weights/inception_v1.h"
#include "weights/model_schema.h"

namespace limpid {
namespace {

using nlohmann::json;

std::string padding_name(Padding padding) {
  return std::string(schema::name_in(schema::kPaddings, padding));
}

/// The operation's name and rules; for std::visit.
struct Fields {
  json operator()(const PictureNode&) const { return {{"op", "picture"}}; }
  json operator()(const ConvNode& node) const {
    return {{"op", "conv"},
            {"layer", node.layer},
            {"size", node.size},
            {"stride", node.stride},
            {"padding", padding_name(node.padding)}};
  }
  json operator()(const ReluNode& node) const {
    json object = {{"op", "relu"}};
    if (node.gate == ReluGate::top_k) object["top_k"] = node.kept;
    if (node.gate == ReluGate::threshold) object["threshold"] = true;
    return object;
  }
  json operator()(const MaxPoolNode& node) const {
    return {{"op", "max_pool"},
            {"size", node.size},
            {"stride", node.stride},
            {"padding", padding_name(node.padding)}};
  }
  json operator()(const LrnNode& node) const {
    return {{"op", "lrn"},
            {"radius", node.rule.radius},
            {"alpha", node.rule.alpha},
            {"beta", node.rule.beta},
            {"bias", node.rule.bias}};
  }
  json operator()(const AveragePoolNode&) const { return {{"op", "average_pool"}}; }
  json operator()(const ConcatNode&) const { return {{"op", "concat"}}; }
  json operator()(const SoftmaxNode&) const { return {{"op", "softmax"}}; }
  json operator()(const PassNode&) const { return {{"op", "pass"}}; }
};

json to_json(const Node& node) {
  json object = std::visit(Fields{}, node.op);
  if (!node.name.empty()) object["name"] = node.name;
  object["inputs"] = node.inputs;
  return object;
}

json parse(const std::string& text, const std::string& what) {
  constexpr int most_depth = 2;  // A node and its list of inputs.
  if (find_deeper_json(text, most_depth) != text.npos) fail_input("{} nests too deep", what);
  constexpr bool throws = false;
  json object = json::parse(text, nullptr, throws);
  if (!object.is_object()) fail_input("{} is not a JSON object", what);
  return object;
}

/// Whether the node is as expected, whatever its name and what it reads.
bool is(const json& node, const AnyNode& op) {
  const json expected = std::visit(Fields{}, op);
  for (const auto& [name, value] : expected.items()) {
    if (!node.contains(name) || node[name] != value) return false;
  }
  return true;
}

std::string text_of(const json& node, const char* field) {
  return node.contains(field) && node[field].is_string() ? node[field].get<std::string>() : std::string();
}

/// A ReLU with what goes on behind it; where that is not said rightly, one that is not as the text says.
ReluNode relu_of(const json& node) {
  const bool has_count = node.contains("top_k"), has_thresholds = node.contains("threshold");
  if (!has_count && !has_thresholds) return {};
  if (!has_count) return {node["threshold"] == true ? ReluGate::threshold : ReluGate::top_k, 0};
  if (has_thresholds || !node["top_k"].is_number_integer()) return {ReluGate::top_k, 0};
  const auto count = node["top_k"].get<std::int64_t>();
  return {ReluGate::top_k, std::in_range<int>(count) ? static_cast<int>(count) : 0};
}

/// Of a node with one input: its number, or -1.
ValueId input_of(const json& node) {
  if (!node.contains("inputs") || !node["inputs"].is_array() || node["inputs"].size() != 1) return -1;
  const json& input = node["inputs"].front();
  if (!input.is_number_integer()) return -1;
  const auto number = input.get<std::int64_t>();
  return std::in_range<ValueId>(number) ? static_cast<ValueId>(number) : -1;
}

}  // namespace

std::vector<std::string> nodes_to_json(const Network& network) {
  std::vector<std::string> result;
  for (const Node& node : network.nodes) result.push_back(to_json(node).dump(-1, ' ', true));
  return result;
}

Network network_from_json(const std::vector<std::string>& nodes, const Network& known,
                          const std::string& what) {
  Network network = known;
  const Padding padding = rules_of(known).padding;
  for (std::size_t i = 0; i < std::max(nodes.size(), known.nodes.size()); ++i) {
    const json found = i < nodes.size() ? parse(nodes[i], fmt::format("{} {}", what, i)) : json();
    if (i < known.nodes.size()) {
      if (found == to_json(known.nodes[i])) continue;
      fail_input("{} {} is not InceptionV1's by the rules of the file", what, i);
    }
    const ConvNode conv{text_of(found, "layer"), 1, 1, padding};
    const AnyNode op = is(found, ReluNode{}) ? AnyNode(relu_of(found)) : AnyNode(conv);
    const ValueId input = input_of(found);
    if (!is(found, op) || input < 1 || input >= static_cast<ValueId>(i)) {
      fail_input("{} {} is no 1x1 convolution of a node before it, and no ReLU", what, i);
    }
    network.nodes.push_back({text_of(found, "name"), {}, op, {input}});
  }
  return network;
}

}  // namespace limpid
