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
#include "weights/families.h"
#include "weights/file_kind.h"
#include "weights/inception_graph.h"
#include "weights/onnx.pb.h"
#include "weights/protobuf_file.h"
#include "weights/validate.h"

namespace limpid {
namespace {

// DataType of ONNX.
constexpr int kFloat = 1;
constexpr int kFloat16 = 10;
constexpr int kDouble = 11;
constexpr int kBfloat16 = 16;

/// DataLocation of ONNX: in a file of its own.
constexpr int kExternal = 1;

const MessageFields kTensorFields{{{8, nullptr}, {9, nullptr}}};
const MessageFields kAttributeFields{{{1, nullptr}, {4, nullptr}, {5, &kTensorFields}}};
const MessageFields kNodeFields{
    {{1, nullptr}, {2, nullptr}, {3, nullptr}, {4, nullptr}, {5, &kAttributeFields}}};
const MessageFields kValueInfoFields{{{1, nullptr}}};
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

std::optional<ElementType> element_type(const onnx::TensorProto& tensor) {
  switch (tensor.data_type()) {
    case kFloat:
      return ElementType::f32;
    case kFloat16:
      return ElementType::f16;
    case kDouble:
      return ElementType::f64;
    case kBfloat16:
      return ElementType::bf16;
    default:
      return std::nullopt;
  }
}

template <class Field, class Convert>
std::vector<float> read_field(const Field& field, std::uint64_t count, const std::string& what,
                              Convert convert) {
  if (static_cast<std::uint64_t>(field.size()) != count) {
    fail_input("{} declares {} values but holds {}", what, count, field.size());
  }
  std::vector<float> values(count);
  std::transform(field.begin(), field.end(), values.begin(), convert);
  return values;
}

std::vector<float> read_values(const onnx::TensorProto& tensor, std::uint64_t count,
                               const std::string& what) {
  if (tensor.data_location() == kExternal) {
    fail_input("{}: its data is in another file; export the model as one file", what);
  }
  const std::optional<ElementType> type = element_type(tensor);
  if (!type) fail_input("{} is of type {}, which holds no weights", what, tensor.data_type());
  if (!tensor.raw_data().empty()) return widen(tensor.raw_data(), *type, count, what);
  switch (*type) {
    case ElementType::f32:
      return read_field(tensor.float_data(), count, what, [](float value) { return value; });
    case ElementType::f64:
      return read_field(tensor.double_data(), count, what,
                        [](double value) { return static_cast<float>(value); });
    case ElementType::f16:
    case ElementType::bf16:
      break;
  }
  // The low 16 bits of each number are the value's.
  return read_field(tensor.int32_data(), count, what, [&](std::int32_t bits) {
    const auto low = static_cast<std::uint16_t>(bits);
    std::array<char, sizeof low> bytes{};
    std::memcpy(bytes.data(), &low, sizeof low);
    return widen({bytes.data(), bytes.size()}, *type, 1, what).front();
  });
}

NamedTensor as_tensor(const std::string& name, const onnx::TensorProto& tensor, const std::string& origin) {
  NamedTensor result{name, {}, {}};
  for (const std::int64_t extent : tensor.dims()) {
    result.shape.push_back(extent < 0 ? 0 : static_cast<std::uint64_t>(extent));
  }
  result.values = [&tensor, what = fmt::format("{}: initialiser '{}'", origin, name)](std::uint64_t count) {
    return read_values(tensor, count, what);
  };
  return result;
}

/// One node of a graph, to be read.
class NodeReader {
 public:
  NodeReader(const onnx::NodeProto& node, const std::set<std::string, std::less<>>& constants,
             const std::string& origin)
      : node_(node),
        constants_(constants),
        what_(fmt::format("{}: operation '{}' ({})", origin, title(), node.op_type())) {}

  GraphNode read() const {
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
      if (integer("group", 1) != 1) fail_input("{}: it works on groups of channels", what_);
    } else if (op == "MaxPool") {
      result.op = GraphOp::max_pool;
      result.window.size = square("kernel_shape");
      read_window(result.window);
    } else if (op == "GlobalAveragePool") {
      result.op = GraphOp::average_pool;
    } else if (op == "AveragePool") {
      read_average(result);
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
      if (constants_.contains(result.inputs[0])) std::swap(result.inputs[0], result.inputs[1]);
      if (constants_.contains(result.inputs[1])) result.op = GraphOp::bias;
    }
    return result;
  }

 private:
  /// Nodes need no name; what they make has one.
  std::string title() const {
    return node_.name().empty() && node_.output_size() > 0 ? node_.output(0) : node_.name();
  }

  const onnx::AttributeProto* find(std::string_view name) const {
    const auto& attributes = node_.attribute();
    const auto found =
        std::find_if(attributes.begin(), attributes.end(),
                     [&](const onnx::AttributeProto& attribute) { return attribute.name() == name; });
    return found == attributes.end() ? nullptr : &*found;
  }

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
    std::copy(pads->ints().begin(), pads->ints().end(), window.pads.begin());
  }

  /// Over the whole of the 7x7 map that pictures of the network's own size end in.
  void read_average(GraphNode& result) const {
    constexpr int whole_map = 7;
    GraphWindow window;
    read_window(window);
    const bool is_padded =
        window.border != GraphWindow::Border::pads || window.pads != decltype(window.pads){};
    if (square("kernel_shape") == whole_map && window.stride == 1 && !is_padded)
      result.op = GraphOp::average_pool;
  }

  void read_lrn(Lrn& lrn) const {
    const std::int64_t size = integer("size", 0);
    if (size < 1 || size > 129 || size % 2 == 0) {
      fail_input("{}: a size of {} is not an odd number from 1 to 129", what_, size);
    }
    // ONNX multiplies the mean over the window, limpid the sum.
    lrn = {true, static_cast<int>(size / 2), number("alpha", 1e-4F) / static_cast<float>(size),
           number("beta", 0.75F), number("bias", 1)};
  }

  void read_gemm(GraphNode& result) const {
    if (number("alpha", 1) != 1 || number("beta", 1) != 1 || integer("transA", 0) != 0) {
      fail_input("{}: it scales or transposes its input", what_);
    }
    result.op = GraphOp::fully_connected;
    result.inputs_first = integer("transB", 0) == 0;
  }

  const onnx::NodeProto& node_;
  const std::set<std::string, std::less<>>& constants_;
  std::string what_;
};

/// The file's graph; the constants refer to `message`.
Graph read_graph(const onnx::GraphProto& message, const std::string& origin) {
  Graph graph(origin);
  std::set<std::string, std::less<>> constants;
  const auto add_constant = [&](const std::string& name, const onnx::TensorProto& tensor) {
    constants.insert(name);
    if (element_type(tensor)) graph.constants.add(as_tensor(name, tensor, origin));
  };
  for (const onnx::TensorProto& tensor : message.initializer()) add_constant(tensor.name(), tensor);
  for (const onnx::NodeProto& node : message.node()) {
    if (node.op_type() != "Constant" || node.output_size() != 1) continue;
    const auto value =
        std::find_if(node.attribute().begin(), node.attribute().end(),
                     [](const onnx::AttributeProto& attribute) { return attribute.name() == "value"; });
    if (value != node.attribute().end()) add_constant(node.output(0), value->t());
  }
  // Old models list their initialisers among the inputs.
  for (const onnx::ValueInfoProto& input : message.input()) {
    if (!constants.contains(input.name()))
      graph.add(input.name(), {input.name(), "input", GraphOp::input, {}, {}, {}, false});
  }
  for (const onnx::NodeProto& node : message.node()) {
    if (node.op_type() == "Constant" || node.output_size() == 0) continue;
    // Further outputs (of Dropout: its mask) are nothing InceptionV1 reads.
    graph.add(node.output(0), NodeReader(node, constants, origin).read());
  }
  return graph;
}

/// Throws Error{usage} for a family that is unknown, or whose weights an ONNX model cannot hold: the division
/// that torchvision's input undergoes is folded into the first filter here, and was folded in nothing there.
void check_family(std::string_view name, const std::string& origin) {
  if (name.empty()) return;
  if (family(name).name == "torchvision_googlenet") {
    fail_usage(
        "{}: an ONNX model of {} reads an input prepared in another way; convert the .pth it was exported "
        "from",
        origin, name);
  }
}

/// The family named, else the one whose widths and rules are the graph's.
const Family& family_of(const InceptionGraph& graph, std::string_view name, const std::string& origin) {
  const Family& chosen = choose_family(name, graph.layers, origin);
  const bool agrees = chosen.padding == graph.padding && chosen.pool_sizes == graph.pool_sizes &&
                      chosen.lrn.present == graph.lrn.present;
  if (name.empty() && !agrees) {
    fail_input(
        "{}: widths like those of {}, but other padding or normalisation; what its input is cannot be told: "
        "give --family",
        origin, chosen.name);
  }
  return chosen;
}

}  // namespace

bool is_onnx(std::string_view first_bytes) {
  // Field 1, a varint.
  return first_bytes.starts_with('\x08');
}

Model import_onnx(const std::filesystem::path& path, std::string_view family_name, ImportReport* report) {
  const std::string origin = path.string();
  check_family(family_name, origin);
  const onnx::ModelProto message = parse(path);
  Graph graph = read_graph(message.graph(), origin);
  InceptionGraph found = match_inception(graph);
  Model model = empty_model(family_of(found, family_name, origin));
  model.provenance.source = path.filename().string();
  model.padding = found.padding;
  model.pool_sizes = found.pool_sizes;
  model.lrn = found.lrn;
  model.layers = std::move(found.layers);
  validate(model, origin);
  if (report != nullptr) report->unused = graph.constants.take_if([](std::string_view) { return true; });
  return model;
}

}  // namespace limpid
