#include "tests/weights/state_dict_writer.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <cstring>
#include <functional>
#include <stdexcept>

#include "kernels/core/dtype.h"

namespace limpid::testing {
namespace {

StateDict state_dict(const Model& model, const std::function<std::string(const std::string&)>& rename) {
  StateDict tensors;
  for (const ConvLayer& layer : model.layers) {
    const auto extent = [](int n) { return static_cast<std::uint64_t>(n); };
    std::vector<std::uint64_t> shape = {extent(layer.k), extent(layer.c), extent(layer.size),
                                        extent(layer.size)};
    if (layer.name == "logits") shape.resize(2);
    tensors.push_back({rename(layer.name) + ".weight", shape, layer.filter});
    tensors.push_back({rename(layer.name) + ".bias", {extent(layer.k)}, layer.bias});
  }
  return tensors;
}

template <class T>
std::string as(const std::vector<float>& values) {
  std::string bytes;
  for (const float value : values) {
    T element;
    if constexpr (std::is_same_v<T, double>) {
      element = double{value};
    } else {
      element = from_f32<T>(value);
    }
    bytes.append(reinterpret_cast<const char*>(&element), sizeof element);
  }
  return bytes;
}

std::string little_endian(std::uint64_t value, int bytes) {
  std::string result;
  for (int i = 0; i < bytes; ++i) result += static_cast<char>((value >> (8 * i)) & 0xFFU);
  return result;
}

}  // namespace

StateDict lucent_state_dict(const Model& model) {
  return state_dict(model, [](const std::string& name) {
    return name == "logits" ? "softmax2_pre_activation_matmul" : name + "_pre_relu_conv";
  });
}

StateDict captum_state_dict(const Model& model) {
  static const std::map<std::string, std::string> stem_and_head = {
      {"conv2d0", "conv1"}, {"conv2d1", "conv2"}, {"conv2d2", "conv3"}, {"logits", "fc"}};
  static const std::map<std::string, std::string> parts = {
      {"1x1", "conv_1x1"}, {"3x3_bottleneck", "conv_3x3_reduce"},
      {"3x3", "conv_3x3"}, {"5x5_bottleneck", "conv_5x5_reduce"},
      {"5x5", "conv_5x5"}, {"pool_reduce", "pool_proj"},
  };
  return state_dict(model, [](const std::string& name) {
    if (const auto found = stem_and_head.find(name); found != stem_and_head.end()) return found->second;
    const std::size_t underscore = name.find('_');
    return name.substr(0, underscore) + "." + parts.at(name.substr(underscore + 1));
  });
}

StateDict canonical_state_dict(const Model& model) {
  return state_dict(model, [](const std::string& name) { return name; });
}

std::string elements(const std::string& type, const std::vector<float>& values) {
  if (type == "F16" || type == "HalfStorage") return as<f16>(values);
  if (type == "BF16" || type == "BFloat16Storage") return as<bf16>(values);
  if (type == "F32" || type == "FloatStorage") return as<float>(values);
  if (type == "F64" || type == "DoubleStorage") return as<double>(values);
  throw std::runtime_error("unknown type " + type);
}

std::string safetensors_field(const std::string& name, const std::string& dtype,
                              const std::vector<std::uint64_t>& shape, std::uint64_t begin,
                              std::uint64_t end) {
  return fmt::format(R"("{}":{{"dtype":"{}","shape":[{}],"data_offsets":[{},{}]}})", name, dtype,
                     fmt::join(shape, ","), begin, end);
}

std::string safetensors_bytes(const std::string& header, const std::string& data) {
  return little_endian(header.size(), 8) + header + data;
}

std::string safetensors_bytes(const StateDict& tensors, const std::string& dtype,
                              const std::string& first_field) {
  std::string header = "{" + first_field;
  std::string data;
  for (const StateTensor& tensor : tensors) {
    const std::string bytes = elements(dtype, tensor.values);
    if (header.size() > 1) header += ",";
    header += safetensors_field(tensor.name, dtype, tensor.shape, data.size(), data.size() + bytes.size());
    data += bytes;
  }
  return safetensors_bytes(header + "}", data);
}

Pickle& Pickle::text(const std::string& value) {
  return op("X").op(little_endian(value.size(), 4)).op(value);
}

Pickle& Pickle::number(std::int32_t value) {
  if (value >= 0 && value < 256) return op("K").op(little_endian(static_cast<std::uint64_t>(value), 1));
  if (value >= 0 && value < 65536) return op("M").op(little_endian(static_cast<std::uint64_t>(value), 2));
  return op("J").op(little_endian(static_cast<std::uint32_t>(value), 4));
}

Pickle& Pickle::numbers(const std::vector<std::uint64_t>& values) {
  if (values.empty()) return op(")");
  const bool is_short = values.size() <= 3;
  if (!is_short) op("(");
  for (const std::uint64_t value : values) number(static_cast<std::int32_t>(value));
  static const std::vector<std::string> codes = {"\x85", "\x86", "\x87"};
  return op(is_short ? codes[values.size() - 1] : "t");
}

Pickle& Pickle::tensor(const std::string& type, const std::string& key, std::uint64_t count,
                       std::uint64_t offset, const std::vector<std::uint64_t>& shape,
                       const std::vector<std::uint64_t>& stride) {
  global("torch._utils", "_rebuild_tensor_v2").op("(");
  op("(").text("storage").global("torch", type).text(key).text("cpu");
  number(static_cast<std::int32_t>(count)).op("tQ");
  number(static_cast<std::int32_t>(offset)).numbers(shape).numbers(stride).op("\x89").ordered_dict();
  return op("tR");
}

std::vector<std::uint64_t> row_strides(const std::vector<std::uint64_t>& shape) {
  std::vector<std::uint64_t> strides(shape.size(), 1);
  for (std::size_t i = shape.size(); i-- > 1;) strides[i - 1] = strides[i] * shape[i];
  return strides;
}

Entries pth_entries(const StateDict& tensors, const std::string& type) {
  Entries entries;
  Pickle pickle = Pickle::begin();
  pickle.ordered_dict().op("q").op(std::string(1, '\0')).op("(");
  int key = 0;
  for (const StateTensor& tensor : tensors) {
    const std::string name = std::to_string(key++);
    pickle.text(tensor.name).op("r").op(little_endian(static_cast<std::uint64_t>(key), 4));
    pickle.tensor(type, name, tensor.values.size(), 0, tensor.shape, row_strides(tensor.shape));
    entries["model/data/" + name] = elements(type, tensor.values);
  }
  // The versions of the modules, which torch.save puts into the dict's own attributes.
  pickle.op("u}")
      .text("_metadata")
      .ordered_dict()
      .op("(")
      .text("")
      .op("}")
      .text("version")
      .number(1)
      .op("su");
  pickle.op("sb");
  entries["model/data.pkl"] = pickle.end();
  entries["model/version"] = "3\n";
  entries["model/byteorder"] = "little";
  return entries;
}

}  // namespace limpid::testing
