#include "tests/weights/onnx_writer.h"

#include <utility>

#include "kernels/core/dtype.h"
#include "weights/inception_v1.h"
#include "weights/topology.h"

namespace limpid::testing {
namespace {

constexpr int kOnnxFloat = 1;
constexpr int kInt64 = 7;
constexpr int kFloat16 = 10;
constexpr int kOnnxDouble = 11;
constexpr int kBfloat16 = 16;

class ModelWriter {
 public:
  explicit ModelWriter(OnnxForm form) : form_(std::move(form)) {
    model_.set_ir_version(3);
    graph_ = model_.mutable_graph();
    graph_->add_input()->set_name("data_0");
  }

  void initialiser(const std::string& name, const Pads& shape, const std::vector<float>& values) {
    onnx::TensorProto& tensor = *graph_->add_initializer();
    tensor.set_name(name);
    for (const std::int64_t extent : shape) tensor.add_dims(extent);
    fill(tensor, values);
    graph_->add_input()->set_name(name);
  }

  onnx::NodeProto& node(const std::string& op, const std::vector<std::string>& inputs,
                        const std::string& output) {
    onnx::NodeProto& node = *graph_->add_node();
    node.set_op_type(op);
    for (const std::string& input : inputs) node.add_input(input);
    node.add_output(output);
    return node;
  }

  void set_window(onnx::NodeProto& node, int size, int stride, const Pads& pads) {
    add_list(node, "kernel_shape", {size, size});
    add_list(node, "strides", {stride, stride});
    if (form_.automatic) {
      add_attribute(node, "auto_pad").set_s("SAME_UPPER");
    } else {
      add_list(node, "pads", pads);
    }
  }

  std::string convolution(const Model& model, const std::string& layer_name, const std::string& input) {
    const ConvLayer& layer = model.layer(layer_name);
    initialiser(layer_name + "_w", {layer.k, layer.c, layer.size, layer.size}, layer.filter);
    initialiser(layer_name + "_b", {layer.k}, layer.bias);
    const bool is_first = layer_name == "conv2d0";
    const std::int64_t half = layer.size / 2;
    onnx::NodeProto& convolution =
        node("Conv", {input, layer_name + "_w", layer_name + "_b"}, layer_name + "_sum");
    set_window(convolution, layer.size, is_first ? 2 : 1,
               is_first ? form_.first : Pads{half, half, half, half});
    node("Relu", {layer_name + "_sum"}, layer_name);
    return layer_name;
  }

  std::string pool(const std::string& name, const std::string& input, int stride) {
    onnx::NodeProto& pool = node("MaxPool", {input}, name);
    set_window(pool, 3, stride, stride == 1 ? Pads{1, 1, 1, 1} : form_.pool);
    if (form_.ceil) add_attribute(pool, "ceil_mode").set_i(1);
    return name;
  }

  std::string lrn(const std::string& name, const std::string& input, const Lrn& rules) {
    if (!rules.present) return input;
    const int size = 2 * rules.radius + 1;
    onnx::NodeProto& lrn = node("LRN", {input}, name);
    add_attribute(lrn, "size").set_i(size);
    add_attribute(lrn, "alpha").set_f(rules.alpha * static_cast<float>(size));
    add_attribute(lrn, "beta").set_f(rules.beta);
    add_attribute(lrn, "bias").set_f(rules.bias);
    return name;
  }

  std::string module(const Model& model, const std::string& name, const std::string& input) {
    const auto layer = [&](const char* branch, const std::string& from) {
      return convolution(model, name + "_" + branch, from);
    };
    const std::string one = layer("1x1", input);
    const std::string three = layer("3x3", layer("3x3_bottleneck", input));
    const std::string five = layer("5x5", layer("5x5_bottleneck", input));
    const std::string pooled = layer("pool_reduce", pool(name + "_pool", input, 1));
    add_attribute(node("Concat", {one, three, five, pooled}, name), "axis").set_i(1);
    return name;
  }

  void classifier(const ConvLayer& layer, const std::string& input) {
    node("Dropout", {input}, "dropout").add_output("mask");
    node("Flatten", {"dropout"}, "flat");
    initialiser("logits_b", {layer.k}, layer.bias);
    if (form_.gemm) {
      // Caffe2 keeps the matrix as 1 x 1 x K x C.
      initialiser("logits_4d", {1, 1, layer.k, layer.c}, layer.filter);
      onnx::TensorProto& shape = *graph_->add_initializer();
      shape.set_name("matrix");
      shape.add_dims(2);
      shape.set_data_type(kInt64);
      shape.add_int64_data(layer.k);
      shape.add_int64_data(layer.c);
      node("Reshape", {"logits_4d", "matrix"}, "logits_w");
      add_attribute(node("Gemm", {"flat", "logits_w", "logits_b"}, "logits"), "transB").set_i(1);
    } else {
      std::vector<float> transposed(layer.filter.size());
      const auto c = static_cast<std::size_t>(layer.c);
      const auto k = static_cast<std::size_t>(layer.k);
      for (std::size_t i = 0; i < transposed.size(); ++i) transposed[i % c * k + i / c] = layer.filter[i];
      initialiser("logits_w", {layer.c, layer.k}, transposed);
      node("MatMul", {"flat", "logits_w"}, "product");
      node("Add", {"logits_b", "product"}, "logits");
    }
    node("Softmax", {"logits"}, "prob_1");
  }

  onnx::ModelProto write(const Model& model) {
    std::string value = convolution(model, "conv2d0", "data_0");
    value = pool("pool1", value, 2);
    value = lrn("norm1", value, rules_of(model.network).lrn);
    value = convolution(model, "conv2d2", convolution(model, "conv2d1", value));
    value = lrn("norm2", value, rules_of(model.network).lrn);
    value = pool("pool2", value, 2);
    for (const std::string_view name : kModules) {
      value = module(model, std::string(name), value);
      if (name == "mixed3b") value = pool("pool3", value, 2);
      if (name == "mixed4e") value = pool("pool4", value, 2);
    }
    add_list(node("AveragePool", {value}, "average"), "kernel_shape", {7, 7});
    classifier(model.layer("logits"), "average");
    return model_;
  }

 private:
  template <class T>
  static std::string bytes_of(const std::vector<float>& values) {
    std::string bytes;
    for (const float value : values) {
      const T element = from_f32<T>(value);
      bytes.append(reinterpret_cast<const char*>(&element), sizeof element);
    }
    return bytes;
  }

  void fill(onnx::TensorProto& tensor, const std::vector<float>& values) const {
    switch (form_.storage) {
      case OnnxStorage::raw:
        tensor.set_data_type(kOnnxFloat);
        tensor.set_raw_data(bytes_of<float>(values));
        return;
      case OnnxStorage::floats:
        tensor.set_data_type(kOnnxFloat);
        tensor.mutable_float_data()->Add(values.begin(), values.end());
        return;
      case OnnxStorage::doubles:
        tensor.set_data_type(kOnnxDouble);
        tensor.mutable_double_data()->Add(values.begin(), values.end());
        return;
      case OnnxStorage::halves:
        tensor.set_data_type(kFloat16);
        for (const float value : values) tensor.add_int32_data(from_f32<f16>(value).bits);
        return;
      case OnnxStorage::raw_halves:
        tensor.set_data_type(kFloat16);
        tensor.set_raw_data(bytes_of<f16>(values));
        return;
      case OnnxStorage::bfloats:
        tensor.set_data_type(kBfloat16);
        tensor.set_raw_data(bytes_of<bf16>(values));
        return;
    }
  }

  OnnxForm form_;
  onnx::ModelProto model_;
  onnx::GraphProto* graph_ = nullptr;
};

}  // namespace

onnx::AttributeProto& add_attribute(onnx::NodeProto& node, const std::string& name) {
  onnx::AttributeProto& attribute = *node.add_attribute();
  attribute.set_name(name);
  return attribute;
}

void add_list(onnx::NodeProto& node, const std::string& name, const Pads& values) {
  add_attribute(node, name).mutable_ints()->Add(values.begin(), values.end());
}

onnx::ModelProto to_onnx(const Model& model, const OnnxForm& form) {
  return ModelWriter(form).write(model);
}

}  // namespace limpid::testing
