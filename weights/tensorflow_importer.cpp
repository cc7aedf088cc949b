#include "weights/tensorflow_importer.h"

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "kernels/core/error.h"
#include "weights/families.h"
#include "weights/file_kind.h"
#include "weights/inception_graph.h"
#include "weights/inception_v1.h"
#include "weights/protobuf_file.h"
#include "weights/tensorflow.pb.h"
#include "weights/validate.h"

namespace limpid {
namespace {

// DataType of TensorFlow.
constexpr int kFloat = 1;
constexpr int kDouble = 2;
constexpr int kInt32 = 3;
constexpr int kInt64 = 9;
constexpr int kBfloat16 = 14;
constexpr int kHalf = 19;

const MessageFields kNothing{};
const MessageFields kShapeFields{{{2, &kNothing}}};
const MessageFields kTensorFields{{{2, &kShapeFields}, {4, nullptr}}};
const MessageFields kValueFields{{{1, &kNothing}, {2, nullptr}, {8, &kTensorFields}}};
const MessageFields kAttributeFields{{{1, nullptr}, {2, &kValueFields}}};
const MessageFields kNodeFields{{{1, nullptr}, {2, nullptr}, {3, nullptr}, {5, &kAttributeFields}}};
const MessageFields kGraphFields{{{1, &kNodeFields}}};

tensorflow::GraphDef parse(const std::filesystem::path& path) {
  tensorflow::GraphDef graph;
  const bool complete = parse_protobuf(path, kGraphFields, "TensorFlow graph", graph);
  if (!complete && graph.node_size() > 0) {
    fail_input("{}: the TensorFlow graph is cut short or damaged ({} nodes could be read)", path.string(),
               graph.node_size());
  }
  if (graph.node_size() == 0) fail_unknown_format(path);
  return graph;
}

std::optional<ElementType> element_type(const tensorflow::TensorProto& tensor) {
  switch (tensor.dtype()) {
    case kFloat:
      return ElementType::f32;
    case kDouble:
      return ElementType::f64;
    case kHalf:
      return ElementType::f16;
    case kBfloat16:
      return ElementType::bf16;
    default:
      return std::nullopt;
  }
}

/// The values of a repeated field, the last one repeated where there are fewer than `count`, which is that of a
/// shape the layer can have: a pruned filter may be one zero.
template <class Field, class Convert>
std::vector<float> repeated(const Field& field, std::uint64_t count, const std::string& what,
                            Convert convert) {
  const auto stored = static_cast<std::uint64_t>(field.size());
  if (stored > count || stored == 0) {
    fail_input("{} declares {} values but holds {}", what, count, stored);
  }
  std::vector<float> values(count);
  std::transform(field.begin(), field.end(), values.begin(), convert);
  std::fill(values.begin() + static_cast<std::ptrdiff_t>(stored), values.end(), values[stored - 1]);
  return values;
}

/// The low 16 bits of each number, which is how TensorFlow stores half-precision values one by one.
std::vector<float> repeated_halves(const tensorflow::TensorProto& tensor, ElementType type,
                                   std::uint64_t count, const std::string& what) {
  return repeated(tensor.half_val(), count, what, [&](std::int32_t bits) {
    const auto low = static_cast<std::uint16_t>(bits);
    std::array<char, sizeof low> bytes{};
    std::memcpy(bytes.data(), &low, sizeof low);
    return widen({bytes.data(), bytes.size()}, type, 1, what).front();
  });
}

std::vector<float> read_values(const tensorflow::TensorProto& tensor, std::uint64_t count,
                               const std::string& what) {
  const std::optional<ElementType> type = element_type(tensor);
  if (!type) fail_input("{} is of type {}, which holds no weights", what, tensor.dtype());
  if (!tensor.tensor_content().empty()) return widen(tensor.tensor_content(), *type, count, what);
  switch (*type) {
    case ElementType::f32:
      return repeated(tensor.float_val(), count, what, [](float value) { return value; });
    case ElementType::f64:
      return repeated(tensor.double_val(), count, what,
                      [](double value) { return static_cast<float>(value); });
    case ElementType::f16:
    case ElementType::bf16:
      break;
  }
  return repeated_halves(tensor, *type, count, what);
}

FileTensor as_tensor(const std::string& name, const tensorflow::TensorProto& tensor,
                     const std::string& origin) {
  FileTensor result{name, {}, {}};
  for (const auto& dim : tensor.tensor_shape().dim()) {
    result.shape.push_back(dim.size() < 0 ? 0 : static_cast<std::uint64_t>(dim.size()));
  }
  result.values = [&tensor, what = fmt::format("{}: constant '{}'", origin, name)](std::uint64_t count) {
    return read_values(tensor, count, what);
  };
  return result;
}

/// The one integer of a tensor; nothing where it holds more, less or something else.
std::optional<std::int64_t> single_integer(const tensorflow::TensorProto& tensor) {
  const std::string& content = tensor.tensor_content();
  if (tensor.dtype() == kInt32 && tensor.int_val_size() == 1) return tensor.int_val(0);
  if (tensor.dtype() == kInt64 && tensor.int64_val_size() == 1) return tensor.int64_val(0);
  std::int32_t value = 0;
  if (tensor.dtype() != kInt32 || content.size() != sizeof value) return std::nullopt;
  std::memcpy(&value, content.data(), sizeof value);
  return value;
}

/// "name" of the inputs "name" and "name:0". Another output of an operation has a name nobody makes, as has
/// "^name", which is an order and no value.
std::string value_name(std::string_view input) {
  if (input.ends_with(":0")) input.remove_suffix(2);
  return std::string(input);
}

/// One node of a graph, to be read.
class NodeReader {
 public:
  NodeReader(const tensorflow::NodeDef& node, const std::map<std::string, std::int64_t>& integers,
             std::string origin)
      : node_(node),
        integers_(integers),
        what_(fmt::format("{}: operation '{}' ({})", origin, node.name(), node.op())) {}

  GraphNode read() const {
    GraphNode result;
    result.name = node_.name();
    result.type = node_.op();
    for (const std::string& input : node_.input()) {
      if (!input.starts_with('^')) result.inputs.push_back(value_name(input));
    }
    const std::string& op = node_.op();
    if (op == "Placeholder") {
      result.op = GraphOp::input;
    } else if (op == "Identity" || op == "Reshape" || op == "Squeeze" || op == "CheckNumerics") {
      result.op = GraphOp::pass;
    } else if (op == "Relu") {
      result.op = GraphOp::relu;
    } else if (op == "BiasAdd" && result.inputs.size() == 2) {
      check_layout();
      result.op = GraphOp::bias;
    } else if (op == "Conv2D") {
      result.op = GraphOp::convolution;
      result.inputs_first = true;
      read_window(result.window, false);
    } else if (op == "MaxPool") {
      result.op = GraphOp::max_pool;
      read_window(result.window, true);
    } else if (op == "AvgPool") {
      result.op = GraphOp::average_pool;
      read_window(result.window, true);
    } else if (op == "Mean") {
      result.op = GraphOp::average_pool;
    } else if (op == "LRN") {
      result.op = GraphOp::lrn;
      read_lrn(result.lrn);
    } else if (op == "Concat" || op == "ConcatV2") {
      read_concat(result);
    } else if (op == "MatMul") {
      read_matrix(result);
    }
    return result;
  }

 private:
  const tensorflow::AttrValue* find(const std::string& name) const {
    const auto found = node_.attr().find(name);
    return found == node_.attr().end() ? nullptr : &found->second;
  }

  /// Refuses any order of dimensions but N x H x W x C, TensorFlow's default.
  void check_layout() const {
    const tensorflow::AttrValue* layout = find("data_format");
    if (layout != nullptr && layout->s() != "NHWC") {
      fail_input("{}: its data format is not NHWC", what_);
    }
  }

  /// An attribute of four numbers, one for each of N, H, W and C, of which only those of H and W may differ
  /// from one.
  int square(const std::string& name, bool required) const {
    const tensorflow::AttrValue* attribute = find(name);
    if (attribute == nullptr && !required) return 1;
    if (attribute != nullptr && attribute->list().i_size() == 4) {
      const auto& list = attribute->list().i();
      if (list[0] == 1 && list[3] == 1 && list[1] == list[2] && list[1] > 0 && list[1] <= 64) {
        return static_cast<int>(list[1]);
      }
    }
    fail_input("{}: its '{}' is not 1, n, n, 1", what_, name);
  }

  void read_window(GraphWindow& window, bool is_pool) const {
    check_layout();
    if (is_pool) window.size = square("ksize", true);
    window.stride = square("strides", true);
    if (square("dilations", false) != 1) fail_input("{}: it is dilated", what_);
    const tensorflow::AttrValue* padding = find("padding");
    const std::string mode = padding == nullptr ? "" : padding->s();
    window.border = mode == "SAME"    ? GraphWindow::Border::same_upper
                    : mode == "VALID" ? GraphWindow::Border::pads
                                      : GraphWindow::Border::other;
  }

  void read_lrn(Lrn& lrn) const {
    // TensorFlow leaves out what has its default value.
    const auto number = [&](const std::string& name, float otherwise) {
      const tensorflow::AttrValue* attribute = find(name);
      return attribute == nullptr ? otherwise : attribute->f();
    };
    const tensorflow::AttrValue* radius = find("depth_radius");
    const std::int64_t taps = radius == nullptr ? 5 : radius->i();
    if (taps < 0 || taps > 64) fail_input("{}: a depth radius of {} is not between 0 and 64", what_, taps);
    lrn = {true, static_cast<int>(taps), number("alpha", 1), number("beta", 0.5F), number("bias", 1)};
  }

  /// Joins channels, which the axis, another input, must say: the first of Concat, the last of ConcatV2.
  void read_concat(GraphNode& result) const {
    if (result.inputs.size() < 2) return;
    const auto place = node_.op() == "Concat" ? result.inputs.begin() : result.inputs.end() - 1;
    const auto axis = integers_.find(*place);
    if (axis == integers_.end() || (axis->second != 3 && axis->second != -1)) {
      fail_input("{}: it does not join channels (axis 3)", what_);
    }
    result.inputs.erase(place);
    result.op = GraphOp::concat;
  }

  void read_matrix(GraphNode& result) const {
    const auto flag = [&](const std::string& name) {
      const tensorflow::AttrValue* attribute = find(name);
      return attribute != nullptr && attribute->b();
    };
    if (flag("transpose_a")) fail_input("{}: its input is transposed", what_);
    result.op = GraphOp::fully_connected;
    result.inputs_first = !flag("transpose_b");
  }

  const tensorflow::NodeDef& node_;
  const std::map<std::string, std::int64_t>& integers_;
  std::string what_;
};

/// The file's graph; the constants refer to `message`.
Graph read_graph(const tensorflow::GraphDef& message, const std::string& origin) {
  Graph graph(origin);
  std::map<std::string, std::int64_t> integers;
  for (const tensorflow::NodeDef& node : message.node()) {
    if (node.op() != "Const") continue;
    const auto value = node.attr().find("value");
    if (value == node.attr().end()) fail_input("{}: constant '{}' has no value", origin, node.name());
    const tensorflow::TensorProto& tensor = value->second.tensor();
    if (element_type(tensor)) graph.constants.add(as_tensor(node.name(), tensor, origin));
    if (const std::optional<std::int64_t> integer = single_integer(tensor)) integers[node.name()] = *integer;
  }
  for (const tensorflow::NodeDef& node : message.node()) {
    if (node.op() != "Const") graph.add(node.name(), NodeReader(node, integers, origin).read());
  }
  return graph;
}

}  // namespace

bool is_graph_def(std::string_view first_bytes) {
  // Field 1 of the graph, a node: its tag, its length of one to five bytes, then field 1 of the node, its
  // name.
  constexpr char tag = '\x0a';
  if (!first_bytes.starts_with(tag)) return false;
  const std::string_view length = first_bytes.substr(1, 5);
  const auto last = std::find_if(length.begin(), length.end(), [](char c) { return (c & '\x80') == 0; });
  if (last == length.end()) return false;
  const std::size_t begin = static_cast<std::size_t>(last - length.begin()) + 2;
  return begin < first_bytes.size() && first_bytes[begin] == tag;
}

Model import_graph_def(const std::filesystem::path& path, ImportReport* report) {
  const std::string origin = path.string();
  const tensorflow::GraphDef message = parse(path);
  Graph graph = read_graph(message, origin);
  InceptionGraph found = match_inception(graph);
  Model model = empty_model(family("inception5h"));
  model.provenance.source = path.filename().string();
  model.network = inception_v1({found.padding, found.pool_sizes, found.lrn});
  model.layers = std::move(found.layers);
  validate(model, origin);
  if (report != nullptr) report->input_rule = family("inception5h").input_rule;
  if (report != nullptr) report->unused = graph.constants.take_if([](std::string_view) { return true; });
  return model;
}

}  // namespace limpid
