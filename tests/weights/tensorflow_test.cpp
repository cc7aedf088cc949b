// TensorFlow's frozen graphs, written by protobuf as Google's own are built.
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <functional>
#include <limits>
#include <random>

#include "tests/weights/graph_def_writer.h"
#include "tests/weights/support.h"
#include "weights/import.h"
#include "weights/tensorflow_importer.h"

namespace limpid {
namespace {

constexpr int kInt32 = 3;

using testing::change_rules;
using testing::expect_equal;
using testing::expect_input_error;
using testing::GraphDefStorage;
using testing::narrow_model;
using testing::set_list;
using testing::set_padding;
using testing::TemporaryFolder;
using testing::to_graph_def;
using testing::write_text;

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
    tensorflow::GraphDef graph = to_graph_def(model_);
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
  for (const GraphDefStorage storage : {GraphDefStorage::content, GraphDefStorage::floats,
                                        GraphDefStorage::doubles, GraphDefStorage::halves}) {
    SCOPED_TRACE(static_cast<int>(storage));
    expect_equal(import_graph(to_graph_def(model_, storage)), model_);
  }
}

TEST_F(TensorflowImporter, TellsTheAuxiliaryHeads) {
  import_graph(to_graph_def(model_));
  EXPECT_EQ(report_.unused,
            (std::vector<std::string>{"head0_bottleneck_b", "head0_bottleneck_w", "head1_bottleneck_b",
                                      "head1_bottleneck_w", "nn0_b", "nn0_w", "nn1_b", "nn1_w", "softmax0_b",
                                      "softmax0_w", "softmax1_b", "softmax1_w"}));
}

TEST_F(TensorflowImporter, IsRecognisedByContent) {
  write_text(path_, to_graph_def(model_).SerializeAsString());
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
  tensorflow::GraphDef graph = to_graph_def(model_);
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
  tensorflow::GraphDef graph = to_graph_def(model_, GraphDefStorage::floats);
  attribute(graph, "conv2d0_b", "value").mutable_tensor()->mutable_float_val()->Truncate(1);
  model_.layers[0].bias[1] = model_.layers[0].bias[0];
  expect_equal(import_graph(graph), model_);
}

TEST_F(TensorflowImporter, RepeatsTheLastValueOfFiltersUpToTheLargestModel) {
  Model pruned = testing::pruned_model("inception5h");
  pruned.provenance = model_.provenance;
  pruned.classes.clear();
  tensorflow::GraphDef graph = to_graph_def(pruned, GraphDefStorage::floats);
  const auto filter = [&](const char* name) { return attribute(graph, name, "value").mutable_tensor(); };
  filter("conv2d0_w")->mutable_float_val()->Truncate(1);
  expect_equal(import_graph(graph), pruned);

  filter("conv2d0_w")->mutable_tensor_shape()->mutable_dim(3)->set_size(60000);
  filter("conv2d0_b")->mutable_tensor_shape()->mutable_dim(0)->set_size(60000);
  filter("conv2d1_w")->mutable_tensor_shape()->mutable_dim(2)->set_size(60000);
  filter("conv2d1_w")->mutable_tensor_shape()->mutable_dim(3)->set_size(60000);
  filter("conv2d1_b")->mutable_tensor_shape()->mutable_dim(0)->set_size(60000);
  expect_input_error({"'conv2d1_w'", "no InceptionV1 is that large"}, [&] { import_graph(graph); });
}

TEST_F(TensorflowImporter, TakesTheNormalisationFromItsNodes) {
  tensorflow::GraphDef graph = to_graph_def(model_);
  for (const char* name : {"localresponsenorm0", "localresponsenorm1"}) {
    auto& attributes = *node(graph, name).mutable_attr();
    attributes["depth_radius"].set_i(3);
    attributes["beta"].set_f(0.75F);
    // TensorFlow's default is 1.
    attributes.erase("bias");
  }
  change_rules(model_, [](InceptionRules& rules) { rules.lrn = {true, 3, rules.lrn.alpha, 0.75F, 1}; });
  expect_equal(import_graph(graph), model_);

  attribute(graph, "localresponsenorm1", "alpha").set_f(2);
  expect_input_error({"'localresponsenorm0'", "differs"}, [&] { import_graph(graph); });
  expect_refused({"beta 0.3"}, [&](auto& changed) {
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
    set_list(node(graph, "conv2d0_pre_relu/conv"), "rates", 1);
    attribute(graph, "conv2d0_pre_relu/conv", "strides") = attribute(graph, "conv2d0_pre_relu/conv", "rates");
  });
  expect_refused({"'maxpool4'", "padding"},
                 [&](auto& graph) { set_padding(node(graph, "maxpool4"), "VALID"); });
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
  expect_refused({"'conv2d2_pre_relu/conv'", "dilated"},
                 [&](auto& graph) { set_list(node(graph, "conv2d2_pre_relu/conv"), "dilations", 2); });
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
    set_list(node(graph, "mixed5b"), "ksize", 7);
    set_list(node(graph, "mixed5b"), "strides", 1);
    set_padding(node(graph, "mixed5b"), "VALID");
  });
  expect_refused({"'conv2d0_w'", "not a constant"}, [&](auto& graph) {
    node(graph, "conv2d0_w").clear_attr();
    node(graph, "conv2d0_w").set_op("Identity");
    node(graph, "conv2d0_w").add_input("conv2d0_w");
  });
}

TEST_F(TensorflowImporter, RefusesACutAtAnyByte) {
  const std::string bytes = to_graph_def(model_).SerializeAsString();
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
  const std::string good = to_graph_def(model_).SerializeAsString();
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
