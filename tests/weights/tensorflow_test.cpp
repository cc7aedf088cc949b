// TensorFlow's frozen graphs, written by protobuf as Google's own are built.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <random>

#include "kernels/core/dtype.h"
#include "tests/weights/support.h"
#include "weights/import.h"
#include "weights/tensorflow.pb.h"
#include "weights/tensorflow_importer.h"
#include "weights/topology.h"

namespace limpid {
namespace {

using testing::expect_equal;
using testing::expect_input_error;
using testing::narrow_model;
using testing::TemporaryFolder;
using testing::write_text;

/// How a constant's values are stored.
enum class Storage { content, floats, doubles, halves };

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
  explicit GraphWriter(Storage storage = Storage::content) : storage_(storage) {}

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
      case Storage::content:
        tensor(name, kFloat, shape)
            .set_tensor_content(
                std::string(reinterpret_cast<const char*>(values.data()), values.size() * sizeof(float)));
        return;
      case Storage::floats:
        tensor(name, kFloat, shape).mutable_float_val()->Add(values.begin(), values.end());
        return;
      case Storage::doubles:
        tensor(name, kDouble, shape).mutable_double_val()->Add(values.begin(), values.end());
        return;
      case Storage::halves: {
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

  static void set_list(tensorflow::NodeDef& node, const std::string& name, int extent) {
    tensorflow::AttrValue::ListValue& list = *(*node.mutable_attr())[name].mutable_list();
    for (const int value : {1, extent, extent, 1}) list.add_i(value);
  }

  static void set_padding(tensorflow::NodeDef& node, const std::string& padding) {
    (*node.mutable_attr())["padding"].set_s(padding);
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
  Storage storage_;
  tensorflow::GraphDef graph_;
};

/// The model as inception5h.zip has it, with its two auxiliary heads.
tensorflow::GraphDef to_graph(const Model& model, Storage storage = Storage::content) {
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
  value = writer.lrn("localresponsenorm0", value, model.lrn);
  value = writer.convolution("conv2d1", value, 1);
  value = writer.convolution("conv2d2", value, 1);
  value = writer.lrn("localresponsenorm1", value, model.lrn);
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

class TensorflowImporter : public ::testing::Test {
 protected:
  Model import_bytes(const std::string& bytes) {
    write_text(path_, bytes);
    return import_graph_def(path_, &report_);
  }
  Model import_graph(const tensorflow::GraphDef& graph) { return import_bytes(graph.SerializeAsString()); }

  static tensorflow::NodeDef& node(tensorflow::GraphDef& graph, std::string_view name) {
    return *std::find_if(graph.mutable_node()->begin(), graph.mutable_node()->end(),
                         [&](const tensorflow::NodeDef& candidate) { return candidate.name() == name; });
  }

  static tensorflow::AttrValue& attribute(tensorflow::GraphDef& graph, std::string_view name,
                                          const std::string& which) {
    return (*node(graph, name).mutable_attr())[which];
  }

  /// Changes a good graph, which must then be refused with `parts` in the message.
  void expect_refused(std::initializer_list<std::string_view> parts,
                      const std::function<void(tensorflow::GraphDef&)>& change) {
    tensorflow::GraphDef graph = to_graph(model_);
    change(graph);
    expect_input_error(parts, [&] { import_graph(graph); });
  }

  static Model expected_model() {
    Model model = narrow_model("inception5h");
    model.provenance.source = "graph.pb";
    return model;
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "graph.pb";
  Model model_ = expected_model();
  ImportReport report_;
};

TEST_F(TensorflowImporter, ReadsEveryStorage) {
  for (const Storage storage : {Storage::content, Storage::floats, Storage::doubles, Storage::halves}) {
    SCOPED_TRACE(static_cast<int>(storage));
    expect_equal(import_graph(to_graph(model_, storage)), model_);
  }
}

TEST_F(TensorflowImporter, TellsTheAuxiliaryHeads) {
  import_graph(to_graph(model_));
  EXPECT_EQ(report_.unused,
            (std::vector<std::string>{"head0_bottleneck_b", "head0_bottleneck_w", "head1_bottleneck_b",
                                      "head1_bottleneck_w", "nn0_b", "nn0_w", "nn1_b", "nn1_w", "softmax0_b",
                                      "softmax0_w", "softmax1_b", "softmax1_w"}));
}

TEST_F(TensorflowImporter, IsRecognisedByContent) {
  write_text(path_, to_graph(model_).SerializeAsString());
  Model imported = import_model(path_);
  EXPECT_EQ(imported.provenance.sha256.size(), 64U);
  imported.provenance.sha256.clear();
  expect_equal(imported, model_);
  testing::expect_error(ErrorKind::usage, {"graph.pb", "leave out --family"}, [&] {
    import_model(path_, {std::nullopt, "inception5h"});
  });
}

TEST_F(TensorflowImporter, GoesByPositionAndNotByName) {
  // As tf.import_graph_def renames, and as freezing wraps constants.
  tensorflow::GraphDef graph = to_graph(model_);
  for (tensorflow::NodeDef& node : *graph.mutable_node()) {
    node.set_name("import/" + node.name());
    for (std::string& input : *node.mutable_input())
      input = "import/" + input + (node.op() == "Relu" ? ":0" : "");
  }
  tensorflow::NodeDef& wrapped = *graph.add_node();
  wrapped.set_name("frozen");
  wrapped.set_op("Identity");
  wrapped.add_input("import/conv2d0_w");
  node(graph, "import/conv2d0_pre_relu/conv").set_input(1, "frozen");
  node(graph, "import/conv2d0_pre_relu/conv").add_input("^import/conv2d1");
  expect_equal(import_graph(graph), model_);
}

TEST_F(TensorflowImporter, RepeatsTheLastValueOfBiases) {
  tensorflow::GraphDef graph = to_graph(model_, Storage::floats);
  attribute(graph, "conv2d0_b", "value").mutable_tensor()->mutable_float_val()->Truncate(1);
  model_.layers[0].bias[1] = model_.layers[0].bias[0];
  expect_equal(import_graph(graph), model_);
}

TEST_F(TensorflowImporter, RepeatsNothingIntoFilters) {
  GraphWriter writer(Storage::floats);
  tensorflow::GraphDef graph = to_graph(model_, Storage::floats);
  tensorflow::TensorProto& filter = *attribute(graph, "conv2d0_w", "value").mutable_tensor();
  filter.mutable_float_val()->Truncate(1);
  filter.mutable_tensor_shape()->mutable_dim(3)->set_size(60000);
  attribute(graph, "conv2d0_b", "value")
      .mutable_tensor()
      ->mutable_tensor_shape()
      ->mutable_dim(0)
      ->set_size(60000);
  attribute(graph, "conv2d1_w", "value")
      .mutable_tensor()
      ->mutable_tensor_shape()
      ->mutable_dim(2)
      ->set_size(60000);
  expect_input_error({"'conv2d0_w'", "declares 8820000 values but holds 1"}, [&] { import_graph(graph); });
}

TEST_F(TensorflowImporter, TakesTheNormalisationFromItsNodes) {
  tensorflow::GraphDef graph = to_graph(model_);
  for (const char* name : {"localresponsenorm0", "localresponsenorm1"}) {
    auto& attributes = *node(graph, name).mutable_attr();
    attributes["depth_radius"].set_i(3);
    attributes["beta"].set_f(0.75F);
    // TensorFlow's default is 1.
    attributes.erase("bias");
  }
  model_.lrn = {true, 3, model_.lrn.alpha, 0.75F, 1};
  expect_equal(import_graph(graph), model_);

  attribute(graph, "localresponsenorm1", "alpha").set_f(2);
  expect_input_error({"'localresponsenorm0'", "differs"}, [&] { import_graph(graph); });
  expect_refused({"beta of 0.3"}, [&](auto& changed) {
    for (const char* name : {"localresponsenorm0", "localresponsenorm1"})
      attribute(changed, name, "beta").set_f(0.3F);
  });
  expect_refused({"'localresponsenorm0'", "-1"},
                 [&](auto& changed) { attribute(changed, "localresponsenorm0", "depth_radius").set_i(-1); });
  expect_refused({"one of the two normalisations"},
                 [&](auto& changed) { node(changed, "maxpool1").set_input(0, "conv2d2"); });
}

TEST_F(TensorflowImporter, NamesTheOperationThatDoesNotBelong) {
  expect_refused({"'mixed4b_3x3' (Elu)", "mixed4b_3x3", "a rectifier"},
                 [&](auto& graph) { node(graph, "mixed4b_3x3").set_op("Elu"); });
  expect_refused({"'mixed3a'", "joins 3"},
                 [&](auto& graph) { node(graph, "mixed3a").mutable_input()->RemoveLast(); });
  expect_refused({"'conv2d0_pre_relu/conv'", "moves by 1", "by 2"}, [&](auto& graph) {
    GraphWriter::set_list(node(graph, "conv2d0_pre_relu/conv"), "rates", 1);
    attribute(graph, "conv2d0_pre_relu/conv", "strides") = attribute(graph, "conv2d0_pre_relu/conv", "rates");
  });
  expect_refused({"'maxpool4'", "padding"},
                 [&](auto& graph) { GraphWriter::set_padding(node(graph, "maxpool4"), "VALID"); });
  expect_refused({"'mixed3b'", "read different maps"},
                 [&](auto& graph) { node(graph, "mixed3b_1x1_pre_relu/conv").set_input(0, "conv2d2"); });
  expect_refused({"'sub' (Sub)", "the input"}, [&](auto& graph) {
    node(graph, "conv2d0_pre_relu/conv").set_input(0, "sub");
    tensorflow::NodeDef& sub = *graph.add_node();
    sub.set_name("sub");
    sub.set_op("Sub");
    sub.add_input("input");
  });
  expect_refused({"no fully connected layer"},
                 [&](auto& graph) { node(graph, "avgpool0").set_op("MaxPool"); });
  expect_refused({"'other'", "'softmax2_pre_activation/matmul'", "could be the classifier"},
                 [&](auto& graph) {
                   tensorflow::NodeDef copy = node(graph, "softmax2_pre_activation/matmul");
                   copy.set_name("other");
                   *graph.add_node() = copy;
                 });
  expect_refused({"'conv2d1' is made twice"},
                 [&](auto& graph) { *graph.add_node() = node(graph, "conv2d1"); });
  expect_refused({"'conv2d1_w' occurs twice"},
                 [&](auto& graph) { *graph.add_node() = node(graph, "conv2d1_w"); });
}

TEST_F(TensorflowImporter, RefusesOtherLayouts) {
  expect_refused({"'conv2d1_pre_relu/conv'", "NHWC"}, [&](auto& graph) {
    attribute(graph, "conv2d1_pre_relu/conv", "data_format").set_s("NCHW");
  });
  expect_refused({"'mixed3a'", "channels"}, [&](auto& graph) {
    attribute(graph, "mixed3a/concat_dim", "value").mutable_tensor()->set_int_val(0, 1);
  });
  expect_refused({"'maxpool0'", "'ksize'"},
                 [&](auto& graph) { attribute(graph, "maxpool0", "ksize").mutable_list()->set_i(3, 2); });
  expect_refused({"'maxpool0'", "'strides'"},
                 [&](auto& graph) { node(graph, "maxpool0").mutable_attr()->erase("strides"); });
  expect_refused({"'conv2d2_pre_relu/conv'", "dilated"}, [&](auto& graph) {
    GraphWriter::set_list(node(graph, "conv2d2_pre_relu/conv"), "dilations", 2);
  });
  expect_refused({"'softmax2_pre_activation/matmul'", "transposed"}, [&](auto& graph) {
    attribute(graph, "softmax2_pre_activation/matmul", "transpose_a").set_b(true);
  });
}

TEST_F(TensorflowImporter, RefusesConstantsThatLie) {
  const auto tensor = [](auto& graph, const char* name) -> tensorflow::TensorProto& {
    return *attribute(graph, name, "value").mutable_tensor();
  };
  expect_refused({"'conv2d1_w'", "2x2x3x3", "Kx2x1x1"}, [&](auto& graph) {
    tensor(graph, "conv2d1_w").mutable_tensor_shape()->mutable_dim(0)->set_size(3);
    tensor(graph, "conv2d1_w").mutable_tensor_shape()->mutable_dim(1)->set_size(3);
  });
  expect_refused({"'conv2d0_w'", "output channels"}, [&](auto& graph) {
    tensor(graph, "conv2d0_w").mutable_tensor_shape()->mutable_dim(3)->set_size(std::int64_t{1} << 62);
  });
  expect_refused({"'conv2d0_w'", "output channels"}, [&](auto& graph) {
    tensor(graph, "conv2d0_w").mutable_tensor_shape()->mutable_dim(3)->set_size(-2);
  });
  expect_refused({"'conv2d0_w'", "294 values of 4 bytes but holds 1175 bytes"},
                 [&](auto& graph) { tensor(graph, "conv2d0_w").mutable_tensor_content()->pop_back(); });
  expect_refused({"'conv2d0_w'", "declares 294 values but holds 0"},
                 [&](auto& graph) { tensor(graph, "conv2d0_w").clear_tensor_content(); });
  expect_refused({"'conv2d0_w'", "not a constant"},
                 [&](auto& graph) { tensor(graph, "conv2d0_w").set_dtype(kInt32); });
  expect_refused({"'conv2d0_w' has no value"}, [&](auto& graph) { node(graph, "conv2d0_w").clear_attr(); });
  expect_refused({"'mixed3a_1x1'", "bias[0]", "nan"}, [&](auto& graph) {
    const float nan = std::numeric_limits<float>::quiet_NaN();
    std::memcpy(tensor(graph, "mixed3a_1x1_b").mutable_tensor_content()->data(), &nan, sizeof nan);
  });
}

TEST_F(TensorflowImporter, EndsOnGraphsThatRunInCircles) {
  expect_refused({"'avgpool0/reshape'"}, [&](auto& graph) {
    node(graph, "avgpool0/reshape").set_input(0, "output");
    node(graph, "output").set_input(0, "avgpool0/reshape");
    node(graph, "softmax2_pre_activation/matmul").set_input(0, "mixed5b");
    node(graph, "mixed5b").set_op("AvgPool");
    node(graph, "mixed5b").set_input(0, "avgpool0/reshape");
    GraphWriter::set_list(node(graph, "mixed5b"), "ksize", 7);
    GraphWriter::set_list(node(graph, "mixed5b"), "strides", 1);
    GraphWriter::set_padding(node(graph, "mixed5b"), "VALID");
  });
  expect_refused({"'conv2d0_w'", "not a constant"}, [&](auto& graph) {
    node(graph, "conv2d0_w").clear_attr();
    node(graph, "conv2d0_w").set_op("Identity");
    node(graph, "conv2d0_w").add_input("conv2d0_w");
  });
}

TEST_F(TensorflowImporter, RefusesACutAtAnyByte) {
  const std::string bytes = to_graph(model_).SerializeAsString();
  for (std::size_t size = 1; size < bytes.size(); size += 97) {
    expect_input_error({"graph.pb"}, [&] { import_bytes(bytes.substr(0, size)); });
  }
  expect_input_error({"graph.pb", "cut short"}, [&] { import_bytes(bytes.substr(0, bytes.size() - 1)); });
  expect_input_error({"is empty"}, [&] { import_bytes(""); });
  expect_input_error({"does not exist"}, [&] { import_graph_def(folder_ / "missing"); });
}

TEST_F(TensorflowImporter, RefusesMoreFieldsThanAnyGraphHas) {
  std::string bytes;
  for (int i = 0; i < 200'000; ++i) bytes += std::string("\x0a\x00", 2);
  expect_input_error({"graph.pb", "131072 messages and strings"}, [&] { import_bytes(bytes); });
}

TEST_F(TensorflowImporter, SurvivesFlippedBytes) {
  const std::string good = to_graph(model_).SerializeAsString();
  std::mt19937 random(5);
  for (int i = 0; i < 300; ++i) {
    std::string bytes = good;
    bytes[random() % bytes.size()] = static_cast<char>(random());
    write_text(path_, bytes);
    try {
      import_graph_def(path_);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::input) << error.what();
    }
  }
}

}  // namespace
}  // namespace limpid
