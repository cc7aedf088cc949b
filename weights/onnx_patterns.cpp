#include "weights/onnx_patterns.h"

#include <algorithm>
#include <cstddef>
#include <utility>

namespace limpid {
namespace {

/// Operations between one that is looked for and the next that say nothing: so many at most.
constexpr int kMostShapeOps = 8;

/// A preparation of the input is some ten operations deep.
constexpr int kDeepest = 32;

bool is_op(const onnx::NodeProto* node, std::string_view type, int inputs) {
  return node != nullptr && node->op_type() == type && node->input_size() >= inputs;
}

std::vector<std::int64_t> list(const onnx::NodeProto& node, std::string_view name) {
  const onnx::AttributeProto* attribute = find_attribute(node, name);
  if (attribute == nullptr) return {};
  return {attribute->ints().begin(), attribute->ints().end()};
}

/// Four numbers before the map and four after it, of N, C, H and W; for a map in five dimensions five each.
using PadList = std::vector<std::int64_t>;

/// What surrounds a padded value, as attributes (before version 11) or as inputs.
struct PadOf {
  std::string source;
  PadList pads;
  float value = 0;
};

std::optional<PadOf> pad_of(const onnx::NodeProto* node, const OnnxConstants& constants) {
  if (!is_op(node, "Pad", 1)) return std::nullopt;
  const onnx::AttributeProto* mode = find_attribute(*node, "mode");
  if (mode != nullptr && mode->s() != "constant") return std::nullopt;
  PadOf pad{node->input(0), list(*node, "pads"), 0};
  if (const onnx::AttributeProto* value = find_attribute(*node, "value")) pad.value = value->f();
  if (node->input_size() > 1) {
    std::optional<OnnxIntegers> pads = constants.integers(node->input(1));
    if (!pads) return std::nullopt;
    pad.pads = std::move(pads->values);
  }
  if (node->input_size() > 2 && !node->input(2).empty()) {
    const std::optional<float> value = constants.number(node->input(2));
    if (!value) return std::nullopt;
    pad.value = *value;
  }
  if (!all_are_pads(pad.pads)) return std::nullopt;
  return pad;
}

/// A number and the value it is added to or multiplied with, in either order.
struct WithNumber {
  std::string_view value;
  float number;
};

std::optional<WithNumber> with_number(const onnx::NodeProto* node, std::string_view type,
                                      const OnnxConstants& constants) {
  if (!is_op(node, type, 2)) return std::nullopt;
  for (const int place : {1, 0}) {
    if (const std::optional<float> number = constants.number(node->input(place))) {
      return WithNumber{node->input(1 - place), *number};
    }
  }
  return std::nullopt;
}

}  // namespace

namespace {

bool keeps_values(std::string_view op) {
  return op == "Reshape" || op == "Squeeze" || op == "Unsqueeze" || op == "Identity" || op == "Cast";
}

/// What a branch of an If hands on in another shape; empty where it does something else.
std::string_view handed_on(const onnx::Branch& branch) {
  if (branch.output_size() != 1) return {};
  std::string_view value = branch.output(0).name();
  for (int i = 0; i < kMostShapeOps; ++i) {
    const auto& nodes = branch.node();
    const auto node = std::find_if(nodes.begin(), nodes.end(), [&](const onnx::BranchNode& candidate) {
      return candidate.output_size() > 0 && candidate.output(0) == value;
    });
    if (node == nodes.end()) return value;
    if (!keeps_values(node->op_type()) || node->input_size() < 1) return {};
    value = node->input(0);
  }
  return {};
}

/// What the operation hands on in another shape; empty where it does something else. PyTorch's legacy exporter
/// squeezes an extent it does not know by an If.
std::string_view handed_on(const onnx::NodeProto& node) {
  if (keeps_values(node.op_type()) && node.input_size() > 0) return node.input(0);
  const onnx::AttributeProto* then = find_attribute(node, "then_branch");
  const onnx::AttributeProto* otherwise = find_attribute(node, "else_branch");
  if (node.op_type() != "If" || then == nullptr || otherwise == nullptr) return {};
  const std::string_view value = handed_on(then->g());
  return value == handed_on(otherwise->g()) ? value : std::string_view();
}

}  // namespace

std::string_view OnnxPatterns::behind_shapes(std::string_view value) const {
  for (int i = 0; i < kMostShapeOps; ++i) {
    const onnx::NodeProto* node = constants_.producer(value);
    const std::string_view before = node == nullptr ? std::string_view() : handed_on(*node);
    if (before.empty()) break;
    value = before;
  }
  return value;
}

/// The value whose square this is.
std::optional<std::string> OnnxPatterns::squared(std::string_view value) const {
  const onnx::NodeProto* node = constants_.producer(value);
  if (is_op(node, "Mul", 2) && behind_shapes(node->input(0)) == behind_shapes(node->input(1))) {
    return std::string(behind_shapes(node->input(0)));
  }
  if (is_op(node, "Pow", 2) && constants_.number(node->input(1)) == 2.0F) {
    return std::string(behind_shapes(node->input(0)));
  }
  return std::nullopt;
}

/// Whether the pool takes the mean over `size` channels of a map in five dimensions, around which `padded` zeros
/// were put, as many as keep its size.
bool OnnxPatterns::pools_channels(const onnx::NodeProto& pool, std::int64_t size,
                                  std::array<std::int64_t, 2> padded) const {
  using Numbers = std::vector<std::int64_t>;
  const Numbers strides = list(pool, "strides"), pads = list(pool, "pads");
  if (list(pool, "kernel_shape") != Numbers{size, 1, 1}) return false;
  if (!strides.empty() && strides != Numbers{1, 1, 1}) return false;
  if (!pads.empty()) {
    if (pads.size() != 6 || !all_are_pads(pads) || pads[1] != 0 || pads[2] != 0 || pads[4] != 0 ||
        pads[5] != 0)
      return false;
    const onnx::AttributeProto* counts = find_attribute(pool, "count_include_pad");
    if ((pads[0] != 0 || pads[3] != 0) && (counts == nullptr || counts->i() == 0)) return false;
    padded[0] += pads[0];
    padded[1] += pads[3];
  }
  return padded[0] == size / 2 && padded[1] == (size - 1) / 2;
}

std::optional<OnnxPatterns::Normalisation> OnnxPatterns::normalisation(const onnx::NodeProto& node) const {
  if (!is_op(&node, "Div", 2)) return std::nullopt;
  const onnx::NodeProto* power = constants_.producer(node.input(1));
  Normalisation result{std::string(behind_shapes(node.input(0))), 0, 0, 0.5F, 0};
  if (is_op(power, "Pow", 2)) {
    const std::optional<float> beta = constants_.number(power->input(1));
    if (!beta) return std::nullopt;
    result.beta = *beta;
  } else if (!is_op(power, "Sqrt", 1)) {
    return std::nullopt;
  }
  const auto sum = with_number(constants_.producer(power->input(0)), "Add", constants_);
  if (!sum) return std::nullopt;
  result.bias = sum->number;
  const auto product = with_number(constants_.producer(sum->value), "Mul", constants_);
  if (!product) return std::nullopt;
  result.alpha = product->number;

  const onnx::NodeProto* pool = constants_.producer(behind_shapes(product->value));
  if (!is_op(pool, "AveragePool", 1)) return std::nullopt;
  const std::vector<std::int64_t> window = list(*pool, "kernel_shape");
  if (window.size() != 3 || window[0] < 1 || window[0] > 129) return std::nullopt;
  result.size = static_cast<int>(window[0]);
  std::string_view squares = pool->input(0);
  std::array<std::int64_t, 2> padded{};
  if (const std::optional<PadOf> pad = pad_of(constants_.producer(squares), constants_)) {
    if (pad->pads.size() != 10 || pad->value != 0) return std::nullopt;
    for (std::size_t i = 0; i < pad->pads.size(); ++i) {
      if (i % 5 != 2 && pad->pads[i] != 0) return std::nullopt;
    }
    padded = {pad->pads[2], pad->pads[7]};
    squares = constants_.producer(squares)->input(0);
  }
  if (!pools_channels(*pool, window[0], padded)) return std::nullopt;
  if (squared(behind_shapes(squares)) != result.source) return std::nullopt;
  return result;
}

std::optional<OnnxPatterns::Padded> OnnxPatterns::padded(std::string_view value) const {
  const std::optional<PadOf> pad = pad_of(constants_.producer(value), constants_);
  if (!pad || pad->pads.size() != 8) return std::nullopt;
  const PadList& pads = pad->pads;
  if (pads[0] != 0 || pads[1] != 0 || pads[4] != 0 || pads[5] != 0) return std::nullopt;
  return Padded{pad->source, {pads[2], pads[3], pads[6], pads[7]}, pad->value};
}

bool OnnxPatterns::is_mean_of_map(const onnx::NodeProto& node) const {
  if (!is_op(&node, "ReduceMean", 1)) return false;
  std::vector<std::int64_t> axes = list(node, "axes");
  if (node.input_size() > 1) {
    std::optional<OnnxIntegers> given = constants_.integers(node.input(1));
    if (!given) return false;
    axes = std::move(given->values);
  }
  for (std::int64_t& axis : axes) axis += axis < 0 ? 4 : 0;
  std::sort(axes.begin(), axes.end());
  return axes == std::vector<std::int64_t>{2, 3};
}

// ---- The input ------------------------------------------------------------------------------------------------

std::optional<std::vector<InputPlane>> OnnxPatterns::prepared(std::string_view value) const {
  return planes_of(value, 0);
}

OnnxPatterns::Planes OnnxPatterns::planes_of(std::string_view value, int depth) const {
  if (inputs_.contains(value)) return std::vector<InputPlane>(kPlainPlanes.begin(), kPlainPlanes.end());
  if (const auto known = known_.find(value); known != known_.end()) return known->second;
  const onnx::NodeProto* node = constants_.producer(value);
  if (node == nullptr || depth > kDeepest) return std::nullopt;
  // Also what stands in a circle is known to be nothing.
  known_.emplace(value, std::nullopt);
  Planes planes = planes_of(*node, depth + 1);
  known_.insert_or_assign(std::string(value), planes);
  return planes;
}

OnnxPatterns::Planes OnnxPatterns::planes_of(const onnx::NodeProto& node, int depth) const {
  const std::string& op = node.op_type();
  if (node.input_size() < 1) return std::nullopt;
  if (op == "Identity" || op == "Cast" || op == "Unsqueeze" || op == "Squeeze")
    return planes_of(node.input(0), depth);
  if (op == "Gather") return chosen(node, depth);
  if (op == "Mul" || op == "Add" || op == "Sub" || op == "Div") return scaled(node, depth);
  const onnx::AttributeProto* axis = find_attribute(node, "axis");
  if (op != "Concat" || axis == nullptr || (axis->i() != 1 && axis->i() != -3)) return std::nullopt;
  std::vector<InputPlane> planes;
  for (const std::string& input : node.input()) {
    const Planes part = planes_of(input, depth);
    if (!part || planes.size() + part->size() > 3) return std::nullopt;
    planes.insert(planes.end(), part->begin(), part->end());
  }
  return planes;
}

/// One of the channels, or some, in another order.
OnnxPatterns::Planes OnnxPatterns::chosen(const onnx::NodeProto& node, int depth) const {
  const onnx::AttributeProto* axis = find_attribute(node, "axis");
  if (axis == nullptr || axis->i() != 1 || node.input_size() != 2) return std::nullopt;
  const Planes planes = planes_of(node.input(0), depth);
  const std::optional<OnnxIntegers> places = constants_.integers(node.input(1));
  if (!planes || !places || places->values.size() > 3) return std::nullopt;
  const auto count = static_cast<std::int64_t>(planes->size());
  std::vector<InputPlane> result;
  for (const std::int64_t place : places->values) {
    if (place < -count || place >= count) return std::nullopt;
    result.push_back((*planes)[static_cast<std::size_t>(place < 0 ? place + count : place)]);
  }
  return result;
}

/// The planes with a number, or one for each of them, at the other side of an operation.
OnnxPatterns::Planes OnnxPatterns::scaled(const onnx::NodeProto& node, int depth) const {
  if (node.input_size() != 2) return std::nullopt;
  const std::string& op = node.op_type();
  Planes planes = planes_of(node.input(0), depth);
  std::optional<std::vector<float>> numbers = constants_.floats(node.input(1), 3);
  if (!planes && (op == "Mul" || op == "Add")) {
    planes = planes_of(node.input(1), depth);
    numbers = constants_.floats(node.input(0), 3);
  }
  if (!planes || !numbers || (numbers->size() != 1 && numbers->size() != planes->size())) return std::nullopt;
  for (std::size_t i = 0; i < planes->size(); ++i) {
    const double number = (*numbers)[numbers->size() == 1 ? 0 : i];
    InputPlane& plane = (*planes)[i];
    if (op == "Mul" || op == "Div") {
      plane.scale = op == "Mul" ? plane.scale * number : plane.scale / number;
      plane.offset = op == "Mul" ? plane.offset * number : plane.offset / number;
    } else {
      plane.offset += op == "Add" ? number : -number;
    }
  }
  return planes;
}

}  // namespace limpid
