#include "weights/onnx_constants.h"

#include <algorithm>
#include <array>
#include <cstring>
#include <utility>

#include "kernels/core/error.h"

namespace limpid {
namespace {

// DataType of ONNX.
constexpr int kFloat = 1;
constexpr int kInt32 = 6;
constexpr int kInt64 = 7;
constexpr int kFloat16 = 10;
constexpr int kDouble = 11;
constexpr int kBfloat16 = 16;

/// Pads and shapes are a few numbers, computed in a few steps.
constexpr std::size_t kMostIntegers = 64;
constexpr int kMostSteps = 64;

using Numbers = std::vector<std::int64_t>;

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

/// The elements that a shape asks for; nothing where it is none, or asks for too many.
std::optional<std::size_t> count_of(const Numbers& shape) {
  std::size_t count = 1;
  for (const std::int64_t extent : shape) {
    if (extent < 0 || extent > static_cast<std::int64_t>(kMostIntegers)) return std::nullopt;
    count *= static_cast<std::size_t>(extent);
    if (count > kMostIntegers) return std::nullopt;
  }
  return count;
}

template <class T>
Numbers from_bytes(std::string_view bytes) {
  Numbers values;
  for (std::size_t i = 0; i + sizeof(T) <= bytes.size(); i += sizeof(T)) {
    T value;
    std::memcpy(&value, bytes.data() + i, sizeof(T));
    values.push_back(value);
  }
  return values;
}

std::optional<OnnxIntegers> read_integers(const onnx::TensorProto& tensor) {
  const bool wide = tensor.data_type() == kInt64;
  if (!wide && tensor.data_type() != kInt32) return std::nullopt;
  OnnxIntegers result{{tensor.dims().begin(), tensor.dims().end()}, {}};
  const std::optional<std::size_t> count = count_of(result.shape);
  if (!count) return std::nullopt;
  const std::string& raw = tensor.raw_data();
  if (raw.size() > kMostIntegers * sizeof(std::int64_t)) return std::nullopt;
  if (!raw.empty()) {
    result.values = wide ? from_bytes<std::int64_t>(raw) : from_bytes<std::int32_t>(raw);
  } else if (wide) {
    result.values.assign(tensor.int64_data().begin(), tensor.int64_data().end());
  } else {
    result.values.assign(tensor.int32_data().begin(), tensor.int32_data().end());
  }
  if (result.values.size() != *count) return std::nullopt;
  return result;
}

/// Of an operation with these operands, of which missing ones are empty.
class IntegerOp {
 public:
  IntegerOp(const onnx::NodeProto& node, std::vector<std::optional<OnnxIntegers>> operands)
      : node_(node), operands_(std::move(operands)) {}

  std::optional<OnnxIntegers> compute() const {
    const std::string& op = node_.op_type();
    if (op == "Concat") return concat();
    const OnnxIntegers* first = operand(0);
    if (first == nullptr) return std::nullopt;
    if (op == "Identity" || op == "Cast") return *first;
    if (op == "Squeeze" || op == "Unsqueeze") {
      // Which extents of one there are makes no difference to what is read of the result.
      return OnnxIntegers{{static_cast<std::int64_t>(first->values.size())}, first->values};
    }
    if (op == "ConstantOfShape") return constant_of_shape(first->values);
    if (op == "Reshape" && operand(1) != nullptr) return reshape(*first, operand(1)->values);
    if (op == "Transpose") return transpose(*first);
    if (op == "Slice") return slice(*first);
    return std::nullopt;
  }

 private:
  const OnnxIntegers* operand(std::size_t i) const {
    return i < operands_.size() && operands_[i] ? &*operands_[i] : nullptr;
  }

  std::optional<std::int64_t> single(std::size_t i, std::int64_t otherwise) const {
    if (i >= static_cast<std::size_t>(node_.input_size()) || node_.input(static_cast<int>(i)).empty())
      return otherwise;
    const OnnxIntegers* value = operand(i);
    if (value == nullptr || value->values.size() != 1) return std::nullopt;
    return value->values[0];
  }

  std::optional<OnnxIntegers> concat() const {
    OnnxIntegers result;
    for (std::size_t i = 0; i < operands_.size(); ++i) {
      const OnnxIntegers* part = operand(i);
      if (part == nullptr || part->shape.size() > 1) return std::nullopt;
      result.values.insert(result.values.end(), part->values.begin(), part->values.end());
    }
    if (result.values.size() > kMostIntegers) return std::nullopt;
    result.shape = {static_cast<std::int64_t>(result.values.size())};
    return result;
  }

  std::optional<OnnxIntegers> constant_of_shape(const Numbers& shape) const {
    const std::optional<std::size_t> count = count_of(shape);
    const onnx::AttributeProto* value = find_attribute(node_, "value");
    std::int64_t filling = 0;
    if (value != nullptr) {
      const std::optional<OnnxIntegers> tensor = read_integers(value->t());
      if (!tensor || tensor->values.size() != 1) return std::nullopt;
      filling = tensor->values[0];
    }
    if (!count) return std::nullopt;
    return OnnxIntegers{shape, Numbers(*count, filling)};
  }

  static std::optional<OnnxIntegers> reshape(OnnxIntegers value, Numbers shape) {
    const auto size = static_cast<std::int64_t>(value.values.size());
    std::int64_t known = 1;
    for (const std::int64_t extent : shape) {
      if (extent == 0 || extent < -1 || extent > size) return std::nullopt;
      if (extent > 0) known *= extent;
      if (known > size) return std::nullopt;
    }
    std::replace(shape.begin(), shape.end(), std::int64_t{-1}, size / known);
    const std::optional<std::size_t> count = count_of(shape);
    if (!count || *count != value.values.size()) return std::nullopt;
    return OnnxIntegers{std::move(shape), std::move(value.values)};
  }

  std::optional<OnnxIntegers> transpose(const OnnxIntegers& value) const {
    const onnx::AttributeProto* order = find_attribute(node_, "perm");
    const bool turned =
        order == nullptr || (order->ints_size() == 2 && order->ints(0) == 1 && order->ints(1) == 0);
    if (value.shape.size() != 2 || !turned) return std::nullopt;
    const auto rows = static_cast<std::size_t>(value.shape[0]),
               columns = static_cast<std::size_t>(value.shape[1]);
    OnnxIntegers result{{value.shape[1], value.shape[0]}, {}};
    for (std::size_t column = 0; column < columns; ++column) {
      for (std::size_t row = 0; row < rows; ++row)
        result.values.push_back(value.values[row * columns + column]);
    }
    return result;
  }

  /// Of whole rows: forwards from a start to an end, or all of them backwards.
  std::optional<OnnxIntegers> slice(const OnnxIntegers& value) const {
    const auto start = single(1, 0), end = single(2, 0), axis = single(3, 0), step = single(4, 1);
    if (!start || !end || !axis || *axis != 0 || !step || value.shape.empty() || value.shape[0] < 1)
      return std::nullopt;
    const std::int64_t rows = value.shape[0];
    const auto width = static_cast<std::ptrdiff_t>(value.values.size()) / rows;
    OnnxIntegers result{value.shape, {}};
    const auto add = [&](std::int64_t row) {
      const auto begin = value.values.begin() + row * width;
      result.values.insert(result.values.end(), begin, begin + width);
    };
    if (*step == -1 && *start == -1 && *end < -rows) {
      for (std::int64_t row = rows; row-- > 0;) add(row);
    } else if (*step == 1 && *start >= 0 && *start <= *end) {
      result.shape[0] = std::min(*end, rows) - std::min(*start, rows);
      for (std::int64_t row = *start; row < std::min(*end, rows); ++row) add(row);
    } else {
      return std::nullopt;
    }
    return result;
  }

  const onnx::NodeProto& node_;
  std::vector<std::optional<OnnxIntegers>> operands_;
};

}  // namespace

const onnx::AttributeProto* find_attribute(const onnx::NodeProto& node, std::string_view name) {
  const auto& attributes = node.attribute();
  const auto found =
      std::find_if(attributes.begin(), attributes.end(),
                   [&](const onnx::AttributeProto& attribute) { return attribute.name() == name; });
  return found == attributes.end() ? nullptr : &*found;
}

std::optional<ElementType> onnx_element_type(const onnx::TensorProto& tensor) {
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

std::vector<float> read_onnx_values(const onnx::TensorProto& tensor, std::uint64_t count,
                                    const std::string& what) {
  if (tensor.data_location() == kOnnxExternal) {
    fail_input("{}: its data is in another file, which only an initialiser's may be", what);
  }
  const std::optional<ElementType> type = onnx_element_type(tensor);
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

OnnxConstants::OnnxConstants(const onnx::GraphProto& graph, const std::string& origin) : origin_(origin) {
  const auto add = [&](const std::string& name, const onnx::TensorProto& tensor) {
    if (!tensors_.emplace(name, &tensor).second) fail_input("{}: constant '{}' is there twice", origin, name);
  };
  for (const onnx::TensorProto& tensor : graph.initializer()) add(tensor.name(), tensor);
  for (const onnx::NodeProto& node : graph.node()) {
    if (node.op_type() == "Constant" && node.output_size() == 1) {
      if (const onnx::AttributeProto* value = find_attribute(node, "value")) add(node.output(0), value->t());
      continue;
    }
    for (const std::string& output : node.output()) producers_.emplace(output, &node);
  }
}

const onnx::NodeProto* OnnxConstants::producer(std::string_view name) const {
  const auto found = producers_.find(name);
  return found == producers_.end() ? nullptr : found->second;
}

const onnx::TensorProto* OnnxConstants::tensor(std::string_view name) const {
  for (int step = 0; step < kMostSteps; ++step) {
    if (const auto found = tensors_.find(name); found != tensors_.end()) return found->second;
    const onnx::NodeProto* node = producer(name);
    if (node == nullptr || node->op_type() != "Identity" || node->input_size() != 1) return nullptr;
    name = node->input(0);
  }
  return nullptr;
}

std::optional<std::vector<float>> OnnxConstants::floats(std::string_view name, std::size_t most) const {
  const onnx::TensorProto* found = tensor(name);
  if (found == nullptr || !onnx_element_type(*found)) return std::nullopt;
  std::uint64_t count = 1;
  for (const std::int64_t extent : found->dims()) {
    if (extent < 0 || static_cast<std::uint64_t>(extent) > most) return std::nullopt;
    count *= static_cast<std::uint64_t>(extent);
    if (count > most) return std::nullopt;
  }
  return read_onnx_values(*found, count, fmt::format("{}: constant '{}'", origin_, name));
}

std::optional<float> OnnxConstants::number(std::string_view name) const {
  const std::optional<std::vector<float>> values = floats(name, 1);
  if (!values || values->size() != 1) return std::nullopt;
  return values->front();
}

std::optional<OnnxIntegers> OnnxConstants::integers(std::string_view name) const {
  int steps = 0;
  return integers(name, steps);
}

std::optional<OnnxIntegers> OnnxConstants::integers(std::string_view name, int& steps) const {
  // A damaged graph may run in circles, or double at every step.
  if (++steps > kMostSteps) return std::nullopt;
  if (const onnx::TensorProto* found = tensor(name)) return read_integers(*found);
  const onnx::NodeProto* node = producer(name);
  if (node == nullptr) return std::nullopt;
  std::vector<std::optional<OnnxIntegers>> operands;
  for (const std::string& input : node->input()) {
    operands.push_back(input.empty() ? std::nullopt : integers(input, steps));
  }
  return IntegerOp(*node, std::move(operands)).compute();
}

}  // namespace limpid
