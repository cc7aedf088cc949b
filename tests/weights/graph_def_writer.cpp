#include "tests/weights/graph_def_writer.h"

#include <cstdint>
#include <string_view>
#include <vector>

#include "kernels/core/dtype.h"
#include "weights/inception_v1.h"
#include "weights/topology.h"

namespace limpid::testing {
namespace {

constexpr int kFloat = 1;
constexpr int kDouble = 2;
constexpr int kInt32 = 3;
constexpr int kHalf = 19;

/// K x C x R x S to R x S x C x K.
std::vector<float> to_hwio(const ConvLayer& layer) {
  std::vector<float> result;
  const auto size = static_cast<std::size_t>(layer.size);
  const auto c = static_cast<std::size_t>(layer.c);
  const auto k = static_cast<std::size_t>(layer.k);
  for (std::size_t position = 0; position < size * size; ++position) {
    for (std::size_t input = 0; input < c; ++input) {
      for (std::size_t output = 0; output < k; ++output) {
        result.push_back(layer.filter[(output * c + input) * size * size + position]);
      }
    }
  }
  return result;
}

/// Writes graphs operation by operation.
class GraphWriter {
 public:
  explicit GraphWriter(GraphDefStorage storage = GraphDefStorage::content) : storage_(storage) {}

  tensorflow::NodeDef& node(const std::string& name, const std::string& op,
                            const std::vector<std::string>& inputs) {
    tensorflow::NodeDef& node = *graph_.add_node();
    node.set_name(name);
    node.set_op(op);
    for (const std::string& input : inputs) node.add_input(input);
    return node;
  }

  tensorflow::TensorProto& tensor(const std::string& name, int type, const std::vector<std::int64_t>& shape) {
    tensorflow::TensorProto& tensor = *(*node(name, "Const", {}).mutable_attr())["value"].mutable_tensor();
    tensor.set_dtype(type);
    for (const std::int64_t extent : shape) tensor.mutable_tensor_shape()->add_dim()->set_size(extent);
    return tensor;
  }

  void constant(const std::string& name, const std::vector<std::int64_t>& shape,
                const std::vector<float>& values) {
    switch (storage_) {
      case GraphDefStorage::content:
        tensor(name, kFloat, shape)
            .set_tensor_content(
                std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)));
        return;
      case GraphDefStorage::floats:
        tensor(name, kFloat, shape).mutable_float_val()->Add(values.begin(), values.end());
        return;
      case GraphDefStorage::doubles:
        tensor(name, kDouble, shape).mutable_double_val()->Add(values.begin(), values.end());
        return;
      case GraphDefStorage::halves: {
        tensorflow::TensorProto& half = tensor(name, kHalf, shape);
        for (const float value : values) half.add_half_val(from_f32<f16>(value).bits);
        return;
      }
    }
  }

  /// Adds `<name>_w` and `<name>_b`.
  void parameters(const ConvLayer& layer, const std::string& name) {
    const bool matrix = layer.name == "logits";
    constant(name + "_w",
             matrix ? std::vector<std::int64_t>{layer.c, layer.k}
                    : std::vector<std::int64_t>{layer.size, layer.size, layer.c, layer.k},
             to_hwio(layer));
    constant(name + "_b", {layer.k}, layer.bias);
  }

  /// Convolution, bias and rectifier with the parameters of that name; returns the value they make.
  std::string convolution(const std::string& name, const std::string& input, int stride) {
    tensorflow::NodeDef& convolution = node(name + "_pre_relu/conv", "Conv2D", {input, name + "_w"});
    set_list(convolution, "strides", stride);
    set_padding(convolution, "SAME");
    node(name + "_pre_relu", "BiasAdd", {name + "_pre_relu/conv", name + "_b"});
    node(name, "Relu", {name + "_pre_relu"});
    return name;
  }

  std::string pool(const std::string& name, const std::string& op, const std::string& input, int size,
                   int stride, const std::string& padding) {
    tensorflow::NodeDef& pool = node(name, op, {input});
    set_list(pool, "ksize", size);
    set_list(pool, "strides", stride);
    set_padding(pool, padding);
    return name;
  }

  std::string lrn(const std::string& name, const std::string& input, const Lrn& rules) {
    auto& attributes = *node(name, "LRN", {input}).mutable_attr();
    attributes["depth_radius"].set_i(rules.radius);
    attributes["alpha"].set_f(rules.alpha);
    attributes["beta"].set_f(rules.beta);
    attributes["bias"].set_f(rules.bias);
    return name;
  }

  std::string module(const std::string& name, const std::string& input) {
    const std::string one = convolution(name + "_1x1", input, 1);
    const std::string three = convolution(name + "_3x3", convolution(name + "_3x3_bottleneck", input, 1), 1);
    const std::string five = convolution(name + "_5x5", convolution(name + "_5x5_bottleneck", input, 1), 1);
    const std::string pooled = pool(name + "_pool", "MaxPool", input, 3, 1, "SAME");
    const std::string reduced = convolution(name + "_pool_reduce", pooled, 1);
    tensor(name + "/concat_dim", kInt32, {}).add_int_val(3);
    node(name, "Concat", {name + "/concat_dim", one, three, five, reduced});
    return name;
  }

  std::string fully_connected(const std::string& name, const std::string& prefix, const std::string& input,
                              const std::string& suffix) {
    tensor(input + "/reshape/shape", kInt32, {2}).add_int_val(-1);
    node(input + "/reshape", "Reshape", {input, input + "/reshape/shape"});
    node(name + suffix + "/matmul", "MatMul", {input + "/reshape", prefix + "_w"});
    node(name + suffix, "BiasAdd", {name + suffix + "/matmul", prefix + "_b"});
    return name + suffix;
  }

  void auxiliary_head(const std::string& number, const std::string& input) {
    pool("head" + number + "_pool", "AvgPool", input, 5, 3, "VALID");
    const std::string reduced = convolution("head" + number + "_bottleneck", "head" + number + "_pool", 1);
    const std::string hidden = fully_connected("nn" + number, "nn" + number, reduced, "_pre_relu");
    node("nn" + number, "Relu", {hidden});
    const std::string logits =
        fully_connected("softmax" + number, "softmax" + number, "nn" + number, "_pre_activation");
    node("softmax" + number, "Softmax", {logits});
    node("output" + number, "Identity", {"softmax" + number});
  }

  tensorflow::GraphDef& graph() { return graph_; }

 private:
  GraphDefStorage storage_;
  tensorflow::GraphDef graph_;
};

}  // namespace

void set_list(tensorflow::NodeDef& node, const std::string& name, int extent) {
  tensorflow::AttrValue::ListValue& list = *(*node.mutable_attr())[name].mutable_list();
  for (const int value : {1, extent, extent, 1}) list.add_i(value);
}

void set_padding(tensorflow::NodeDef& node, const std::string& padding) {
  (*node.mutable_attr())["padding"].set_s(padding);
}

tensorflow::GraphDef to_graph_def(const Model& model, GraphDefStorage storage) {
  GraphWriter writer(storage);
  writer.node("input", "Placeholder", {});
  for (const ConvLayer& layer : model.layers)
    writer.parameters(layer, layer.name == "logits" ? "softmax2" : layer.name);
  for (const std::string head : {"0", "1"}) {
    writer.constant("head" + head + "_bottleneck_w", {1, 1, 1, 1}, {1});
    for (const std::string& name :
         {"head" + head + "_bottleneck_b", "nn" + head + "_b", "softmax" + head + "_b"}) {
      writer.constant(name, {1}, {2});
    }
    for (const std::string& name : {"nn" + head + "_w", "softmax" + head + "_w"})
      writer.constant(name, {1, 1}, {3});
  }
  std::string value = writer.convolution("conv2d0", "input", 2);
  value = writer.pool("maxpool0", "MaxPool", value, 3, 2, "SAME");
  value = writer.lrn("localresponsenorm0", value, rules_of(model.network).lrn);
  value = writer.convolution("conv2d1", value, 1);
  value = writer.convolution("conv2d2", value, 1);
  value = writer.lrn("localresponsenorm1", value, rules_of(model.network).lrn);
  value = writer.pool("maxpool1", "MaxPool", value, 3, 2, "SAME");
  for (const std::string_view module : kModules) {
    value = writer.module(std::string(module), value);
    if (module == "mixed3b") value = writer.pool("maxpool4", "MaxPool", value, 3, 2, "SAME");
    if (module == "mixed4e") value = writer.pool("maxpool10", "MaxPool", value, 3, 2, "SAME");
  }
  value = writer.pool("avgpool0", "AvgPool", value, 7, 1, "VALID");
  writer.auxiliary_head("0", "mixed4a");
  writer.auxiliary_head("1", "mixed4d");
  value = writer.fully_connected("softmax2", "softmax2", value, "_pre_activation");
  writer.node("softmax2", "Softmax", {value});
  writer.node("output", "Identity", {"softmax2"});
  return writer.graph();
}

}  // namespace limpid::testing
