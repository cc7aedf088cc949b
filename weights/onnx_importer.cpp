#include "weights/onnx_importer.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "kernels/core/error.h"
#include "kernels/core/limits.h"
#include "weights/families.h"
#include "weights/file_kind.h"
#include "weights/inception_graph.h"
#include "weights/inception_v1.h"
#include "weights/input_rule.h"
#include "weights/onnx.pb.h"
#include "weights/onnx_constants.h"
#include "weights/onnx_external_data.h"
#include "weights/onnx_patterns.h"
#include "weights/protobuf_file.h"
#include "weights/validate.h"

namespace limpid {
namespace {

const MessageFields kEntryFields{{{1, nullptr}, {2, nullptr}}};
const MessageFields kTensorFields{{{8, nullptr}, {9, nullptr}, {13, &kEntryFields}}};
const MessageFields kNothing{};
const MessageFields kShapeFields{{{1, &kNothing}}};
const MessageFields kTensorTypeFields{{{2, &kShapeFields}}};
const MessageFields kTypeFields{{{1, &kTensorTypeFields}}};
const MessageFields kValueInfoFields{{{1, nullptr}, {2, &kTypeFields}}};
const MessageFields kBranchNodeFields{{{1, nullptr}, {2, nullptr}, {4, nullptr}}};
const MessageFields kBranchFields{{{1, &kBranchNodeFields}, {12, &kValueInfoFields}}};
const MessageFields kAttributeFields{{{1, nullptr}, {4, nullptr}, {5, &kTensorFields}, {6, &kBranchFields}}};
const MessageFields kNodeFields{
    {{1, nullptr}, {2, nullptr}, {3, nullptr}, {4, nullptr}, {5, &kAttributeFields}}};
const MessageFields kGraphFields{{{1, &kNodeFields}, {5, &kTensorFields}, {11, &kValueInfoFields}}};
const MessageFields kModelFields{{{7, &kGraphFields}}};

onnx::ModelProto parse(const std::filesystem::path& path) {
  onnx::ModelProto model;
  const bool complete = parse_protobuf(path, kModelFields, "ONNX model", model);
  const int count = model.graph().node_size();
  if (!complete && count > 0) {
    fail_input("{}: the ONNX model is cut short or damaged ({} nodes could be read)", path.string(), count);
  }
  if (count == 0) fail_unknown_format(path);
  return model;
}

FileTensor as_tensor(const std::string& name, const onnx::TensorProto& tensor, const std::string& origin) {
  FileTensor result{name, {}, {}};
  for (const std::int64_t extent : tensor.dims()) {
    result.shape.push_back(extent < 0 ? 0 : static_cast<std::uint64_t>(extent));
  }
  result.values = [&tensor, what = fmt::format("{}: initialiser '{}'", origin, name)](std::uint64_t count) {
    return read_onnx_values(tensor, count, what);
  };
  return result;
}

/// One node of a graph, to be read.
class NodeReader {
 public:
  NodeReader(const onnx::NodeProto& node, const OnnxConstants& constants, const OnnxPatterns& patterns,
             const std::string& origin)
      : node_(node),
        constants_(constants),
        patterns_(patterns),
        what_(fmt::format("{}: operation '{}' ({})", origin, title(), node.op_type())) {}

  /// An operation that is not on the way may be anything: what is wrong is told where it is met.
  GraphNode read() const {
    try {
      return read_known();
    } catch (const Error& error) {
      GraphNode result;
      result.name = title();
      result.type = node_.op_type();
      result.inputs.assign(node_.input().begin(), node_.input().end());
      result.problem = error.what();
      return result;
    }
  }

 private:
  GraphNode read_known() const {
    GraphNode result;
    result.name = title();
    result.type = node_.op_type();
    result.inputs.assign(node_.input().begin(), node_.input().end());
    // An input that is left out has an empty name.
    while (!result.inputs.empty() && result.inputs.back().empty()) result.inputs.pop_back();
    static const std::set<std::string, std::less<>> passes = {"Identity", "Dropout", "Reshape",   "Flatten",
                                                              "Squeeze",  "Cast",    "Unsqueeze", "Softmax"};
    const std::string& op = node_.op_type();
    if (passes.contains(op)) {
      result.op = GraphOp::pass;
    } else if (op == "Relu") {
      result.op = GraphOp::relu;
    } else if (op == "Conv") {
      result.op = GraphOp::convolution;
      read_window(result.window);
      take_pad(result, false);
      if (integer("group", 1) != 1) fail_input("{}: it works on groups of channels", what_);
    } else if (op == "MaxPool") {
      result.op = GraphOp::max_pool;
      result.window.size = square("kernel_shape");
      read_window(result.window);
      take_pad(result, true);
    } else if (op == "GlobalAveragePool" || patterns_.is_mean_of_map(node_)) {
      result.op = GraphOp::average_pool;
    } else if (op == "AveragePool" && !is_in_three_dimensions()) {
      result.op = GraphOp::average_pool;
      result.window.size = square("kernel_shape");
      result.window.counts_padding = integer("count_include_pad", 0) != 0;
      read_window(result.window);
    } else if (const auto normalisation = patterns_.normalisation(node_)) {
      result.op = GraphOp::lrn;
      result.inputs = {normalisation->source};
      set_lrn(result.lrn, normalisation->size, normalisation->alpha, normalisation->beta,
              normalisation->bias);
    } else if (op == "LRN") {
      result.op = GraphOp::lrn;
      read_lrn(result.lrn);
    } else if (op == "Concat") {
      const std::int64_t axis = integer("axis", 1);
      if (axis != 1 && axis != -3) fail_input("{}: it does not join channels (axis 1)", what_);
      result.op = GraphOp::concat;
    } else if (op == "Gemm") {
      read_gemm(result);
    } else if (op == "MatMul") {
      result.op = GraphOp::fully_connected;
      result.inputs_first = true;
    } else if (op == "Add" && result.inputs.size() == 2) {
      // A map and a constant, in either order.
      if (constants_.has(result.inputs[0])) std::swap(result.inputs[0], result.inputs[1]);
      if (constants_.has(result.inputs[1])) result.op = GraphOp::bias;
    }
    take_preparation(result);
    return result;
  }

  /// Nodes need no name; what they make has one.
  std::string title() const {
    return node_.name().empty() && node_.output_size() > 0 ? node_.output(0) : node_.name();
  }

  const onnx::AttributeProto* find(std::string_view name) const { return find_attribute(node_, name); }

  std::int64_t integer(std::string_view name, std::int64_t otherwise) const {
    const onnx::AttributeProto* attribute = find(name);
    return attribute == nullptr ? otherwise : attribute->i();
  }

  float number(std::string_view name, float otherwise) const {
    const onnx::AttributeProto* attribute = find(name);
    return attribute == nullptr ? otherwise : attribute->f();
  }

  /// An attribute of two equal numbers, for height and width; 1 where it is left out.
  int square(std::string_view name) const {
    const onnx::AttributeProto* attribute = find(name);
    if (attribute == nullptr) return 1;
    const auto& values = attribute->ints();
    if (values.size() != 2 || values[0] != values[1] || values[0] < 1 || values[0] > 64) {
      fail_input("{}: its '{}' is not two equal numbers from 1 to 64", what_, name);
    }
    return static_cast<int>(values[0]);
  }

  void read_window(GraphWindow& window) const {
    window.stride = square("strides");
    window.ceil = integer("ceil_mode", 0) != 0;
    if (square("dilations") != 1) fail_input("{}: it is dilated", what_);
    const onnx::AttributeProto* automatic = find("auto_pad");
    const std::string mode = automatic == nullptr ? "NOTSET" : automatic->s();
    window.border = mode == "SAME_UPPER"                  ? GraphWindow::Border::same_upper
                    : mode == "NOTSET" || mode == "VALID" ? GraphWindow::Border::pads
                                                          : GraphWindow::Border::other;
    const onnx::AttributeProto* pads = find("pads");
    if (pads == nullptr) return;
    if (pads->ints_size() != 4) fail_input("{}: its 'pads' are not four numbers", what_);
    if (!all_are_pads(pads->ints())) fail_input("{}: its 'pads' are not numbers from 0 to 64", what_);
    std::copy(pads->ints().begin(), pads->ints().end(), window.pads.begin());
  }

  bool is_in_three_dimensions() const {
    const onnx::AttributeProto* window = find("kernel_shape");
    return window != nullptr && window->ints_size() == 3;
  }

  /// Joins what a Pad before the operation puts around the map with the window's own pads. Zeros make no
  /// difference to a max-pool here, for every map that one reads is positive.
  void take_pad(GraphNode& result, bool is_pool) const {
    if (result.inputs.empty() || result.window.border != GraphWindow::Border::pads) return;
    const std::optional<OnnxPatterns::Padded> padded = patterns_.padded(result.inputs.front());
    if (!padded || (is_pool ? padded->value > 0 : padded->value != 0)) return;
    result.inputs.front() = padded->source;
    for (std::size_t i = 0; i < result.window.pads.size(); ++i) result.window.pads[i] += padded->pads[i];
  }

  /// What is made of the input, channel by channel, is an input itself.
  void take_preparation(GraphNode& result) const {
    if (node_.output_size() == 0 || result.op == GraphOp::pass) return;
    const std::optional<std::vector<InputPlane>> planes = patterns_.prepared(node_.output(0));
    if (!planes || planes->size() != result.planes.size()) return;
    result.op = GraphOp::input;
    result.inputs.clear();
    std::copy(planes->begin(), planes->end(), result.planes.begin());
  }

  void read_lrn(Lrn& lrn) const {
    set_lrn(lrn, integer("size", 0), number("alpha", 1e-4F), number("beta", 0.75F), number("bias", 1));
  }

  void set_lrn(Lrn& lrn, std::int64_t size, float alpha, float beta, float bias) const {
    if (size < 1 || size > 129 || size % 2 == 0) {
      fail_input("{}: a size of {} is not an odd number from 1 to 129", what_, size);
    }
    // ONNX multiplies the mean over the window, limpid the sum.
    lrn = {true, static_cast<int>(size / 2), alpha / static_cast<float>(size), beta, bias};
  }

  void read_gemm(GraphNode& result) const {
    if (number("alpha", 1) != 1 || number("beta", 1) != 1 || integer("transA", 0) != 0) {
      fail_input("{}: it scales or transposes its input", what_);
    }
    result.op = GraphOp::fully_connected;
    result.inputs_first = integer("transB", 0) == 0;
  }

  const onnx::NodeProto& node_;
  const OnnxConstants& constants_;
  const OnnxPatterns& patterns_;
  std::string what_;
};

/// Height and width of the input, where the file says them.
std::optional<std::array<int, 2>> declared_size(const onnx::ValueInfoProto& input) {
  const auto& dims = input.type().tensor_type().shape().dim();
  if (dims.size() != 4) return std::nullopt;
  const std::int64_t height = dims[2].dim_value(), width = dims[3].dim_value();
  if (height < 1 || height > kLargestSide || width < 1 || width > kLargestSide) return std::nullopt;
  return std::array<int, 2>{static_cast<int>(height), static_cast<int>(width)};
}

/// The file's graph; the constants refer to `message`.
Graph read_graph(const onnx::GraphProto& message, const std::string& origin) {
  Graph graph(origin);
  const OnnxConstants constants(message, origin);
  for (const auto& [name, tensor] : constants.tensors()) {
    // A single number is no layer's.
    if (onnx_element_type(*tensor) && tensor->dims_size() > 0)
      graph.constants.add(as_tensor(name, *tensor, origin));
  }
  std::set<std::string, std::less<>> inputs;
  // Old models list their initialisers among the inputs.
  for (const onnx::ValueInfoProto& input : message.input()) {
    if (constants.has(input.name())) continue;
    GraphNode node;
    node.name = input.name();
    node.type = "input";
    node.op = GraphOp::input;
    graph.add(input.name(), std::move(node));
    inputs.insert(input.name());
    if (const auto size = declared_size(input)) graph.input_size = *size;
  }
  const OnnxPatterns patterns(constants, inputs);
  for (const onnx::NodeProto& node : message.node()) {
    if (node.op_type() == "Constant" || node.output_size() == 0) continue;
    // Further outputs (of Dropout: its mask) are nothing InceptionV1 reads.
    graph.add(node.output(0), NodeReader(node, constants, patterns, origin).read());
  }
  return graph;
}

/// The family named; else the one whose widths, padding, pools and normalisation are the graph's.
const Family& family_of(const InceptionGraph& graph, std::string_view name, const std::string& origin) {
  if (!name.empty()) return family(name);
  const Family* alike = nullptr;
  for (const Family& candidate : families()) {
    // A tutorial's network is fed what its user likes.
    if (candidate.name == "plain_googlenet" || !has_widths(candidate, graph.layers)) continue;
    alike = &candidate;
    const bool agrees = candidate.padding == graph.padding && candidate.pool_sizes == graph.pool_sizes &&
                        candidate.lrn.present == graph.lrn.present;
    if (agrees) return candidate;
  }
  if (alike == nullptr) return choose_family(name, graph.layers, origin);
  fail_input(
      "{}: widths like those of {}, but other padding or normalisation; what its input is cannot be told: "
      "give --family",
      origin, alike->name);
}

/// What the graph's input is of a picture: as named; else what makes the first layer read as the family's does.
const InputRule& rule_of(const InceptionGraph& graph, const Family& family, std::string_view name,
                         const std::string& origin) {
  if (!name.empty()) return input_rule(name);
  const bool prepares = !reads_alike(input_rule("unit"), graph.planes, input_rule("unit"));
  // torchvision's own preparation stands inside the network, or was left out: before it comes ImageNet's.
  if (!prepares && family.name == "torchvision_googlenet") return input_rule("imagenet");
  for (const InputRule& rule : input_rules()) {
    if (reads_alike(rule, graph.planes, input_rule(family.input_rule))) return rule;
  }
  fail_input(
      "{}: it prepares its input itself (the first channel times {:.6g} plus {:.6g}); what it is given cannot be told: "
      "give --input",
      origin, graph.planes[0].scale, graph.planes[0].offset);
}

}  // namespace

bool is_onnx(std::string_view first_bytes) {
  // Field 1, a varint.
  return first_bytes.starts_with('\x08');
}

Model import_onnx(const std::filesystem::path& path, std::string_view family_name, ImportReport* report,
                  std::string_view input_name) {
  const std::string origin = path.string();
  // Names that nobody knows are told before the file is looked at.
  if (!family_name.empty()) family(family_name);
  if (!input_name.empty()) input_rule(input_name);
  onnx::ModelProto message = parse(path);
  read_external_data(*message.mutable_graph(), path);
  Graph graph = read_graph(message.graph(), origin);
  InceptionGraph found = match_inception(graph);
  const Family& rules = family_of(found, family_name, origin);
  const InputRule& input = rule_of(found, rules, input_name, origin);
  Model model = empty_model(rules);
  model.provenance.source = path.filename().string();
  model.network = inception_v1({found.padding, found.pool_sizes, found.lrn});
  model.layers = std::move(found.layers);
  fold_input(model, input, found.planes, origin);
  validate(model, origin);
  if (report != nullptr) {
    report->unused = graph.constants.take_if([](std::string_view) { return true; });
    if (family_name.empty())
      report->assumed.push_back(fmt::format("family {}, by its widths and rules", rules.name));
    report->input_rule = input.name;
  }
  return model;
}

}  // namespace limpid
