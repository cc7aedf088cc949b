// ONNX models, written by protobuf as Caffe2 and PyTorch export them, and by ONNX's own Python package.
#include <gtest/gtest.h>
#include <sys/wait.h>

#include <algorithm>
#include <cstdint>
#include <cstdlib>
#include <functional>
#include <limits>
#include <random>

#include "tests/weights/onnx_writer.h"
#include "tests/weights/support.h"
#include "weights/import.h"
#include "weights/inception_v1.h"
#include "weights/onnx_importer.h"
#include "weights/synthetic.h"

namespace limpid {
namespace {

using testing::add_attribute;
using testing::add_list;
using testing::change_rules;
using testing::expect_equal;
using testing::expect_error;
using testing::expect_input_error;
using testing::narrow_model;
using testing::OnnxForm;
using testing::OnnxStorage;
using testing::Pads;
using testing::TemporaryFolder;
using testing::to_onnx;
using testing::write_text;

constexpr int kInt64 = 7;

class OnnxImporter : public ::testing::Test {
 protected:
  Model import_bytes(const std::string& bytes, std::string_view family = "bvlc_googlenet") {
    write_text(path_, bytes);
    return import_onnx(path_, family, &report_);
  }
  Model import_proto(const onnx::ModelProto& model, std::string_view family = "bvlc_googlenet") {
    return import_bytes(model.SerializeAsString(), family);
  }

  /// The node that makes the value.
  static onnx::NodeProto& node(onnx::ModelProto& model, std::string_view output) {
    auto& nodes = *model.mutable_graph()->mutable_node();
    return *std::find_if(nodes.begin(), nodes.end(),
                         [&](const auto& node) { return node.output(0) == output; });
  }

  static onnx::AttributeProto& attribute(onnx::ModelProto& model, std::string_view output,
                                         std::string_view name) {
    auto& attributes = *node(model, output).mutable_attribute();
    return *std::find_if(attributes.begin(), attributes.end(),
                         [&](const auto& attribute) { return attribute.name() == name; });
  }

  static onnx::TensorProto& initialiser(onnx::ModelProto& model, std::string_view name) {
    auto& tensors = *model.mutable_graph()->mutable_initializer();
    return *std::find_if(tensors.begin(), tensors.end(),
                         [&](const auto& tensor) { return tensor.name() == name; });
  }

  void expect_refused(std::initializer_list<std::string_view> parts,
                      const std::function<void(onnx::ModelProto&)>& change) {
    onnx::ModelProto model = to_onnx(model_);
    change(model);
    expect_input_error(parts, [&] { import_proto(model); });
  }

  static Model expected_model(std::string_view family = "bvlc_googlenet") {
    Model model = narrow_model(family);
    model.provenance.source = "model.onnx";
    return model;
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "model.onnx";
  Model model_ = expected_model();
  ImportReport report_;
};

TEST_F(OnnxImporter, ReadsEveryStorage) {
  for (const OnnxStorage storage : {OnnxStorage::raw, OnnxStorage::floats, OnnxStorage::doubles,
                                    OnnxStorage::halves, OnnxStorage::raw_halves, OnnxStorage::bfloats}) {
    SCOPED_TRACE(static_cast<int>(storage));
    OnnxForm form;
    form.storage = storage;
    expect_equal(import_proto(to_onnx(model_, form)), model_);
    EXPECT_TRUE(report_.unused.empty());
  }
}

TEST_F(OnnxImporter, ReadsThePaddingOfEveryFamily) {
  OnnxForm caffe;
  for (const Pads& pads : {Pads{0, 0, 1, 1}, Pads{0, 0, 2, 2}}) {
    caffe.pool = pads;
    EXPECT_EQ(rules_of(import_proto(to_onnx(model_, caffe)).network).padding, Padding::caffe);
  }
  caffe.pool = {0, 0, 0, 0};
  caffe.ceil = true;
  expect_equal(import_proto(to_onnx(model_, caffe)), model_);

  OnnxForm symmetric;
  symmetric.pool = {1, 1, 1, 1};
  expect_equal(import_proto(to_onnx(expected_model("limpid_default"), symmetric), "limpid_default"),
               expected_model("limpid_default"));

  OnnxForm same;
  same.first = {2, 2, 3, 3};
  same.pool = {0, 0, 1, 1};
  expect_equal(import_proto(to_onnx(expected_model("inception5h"), same), "inception5h"),
               expected_model("inception5h"));
  same.automatic = true;
  expect_equal(import_proto(to_onnx(expected_model("inception5h"), same), "inception5h"),
               expected_model("inception5h"));
}

TEST_F(OnnxImporter, RefusesPaddingThatIsNoFamilys) {
  OnnxForm form;
  form.pool = {0, 0, 0, 0};
  expect_input_error({"max-pool 'pool4'", "(0 0 0 0)", "neither"},
                     [&] { import_proto(to_onnx(model_, form)); });
  form.pool = {0, 0, 1, 1};
  form.first = {2, 2, 2, 2};
  expect_input_error({"'conv2d0_sum'", "(2 2 2 2)"}, [&] { import_proto(to_onnx(model_, form)); });
  // Each would do alone.
  form.first = {2, 2, 3, 3};
  form.pool = {1, 1, 1, 1};
  expect_input_error({"'conv2d0_sum'", "(2 2 3 3)"}, [&] { import_proto(to_onnx(model_, form)); });
  expect_refused({"'mixed3a_3x3_sum'", "(0 0 0 0)"}, [](auto& model) {
    attribute(model, "mixed3a_3x3_sum", "pads").mutable_ints()->Clear();
    attribute(model, "mixed3a_3x3_sum", "pads").mutable_ints()->Resize(4, 0);
  });
  expect_refused({"'mixed3a_3x3_sum'", "four"},
                 [](auto& model) { attribute(model, "mixed3a_3x3_sum", "pads").add_ints(1); });
}

/// Sums of such pads would leave the range of their type.
TEST_F(OnnxImporter, RefusesPadsThatNoMapHas) {
  for (const std::int64_t pad : {std::int64_t{-1}, std::int64_t{65}, std::numeric_limits<std::int64_t>::min(),
                                 std::numeric_limits<std::int64_t>::max()}) {
    SCOPED_TRACE(pad);
    for (const char* name : {"mixed3a_3x3_sum", "conv2d0_sum", "pool1"}) {
      const std::string quoted = fmt::format("'{}'", name);
      expect_refused({quoted, "'pads' are not numbers from 0 to 64"}, [&](onnx::ModelProto& model) {
        attribute(model, name, "pads").mutable_ints()->Set(2, pad);
      });
    }
    expect_refused({"'average'", "'pads' are not numbers from 0 to 64"}, [&](onnx::ModelProto& model) {
      add_list(node(model, "average"), "pads", {0, 0, pad, 0});
    });
  }
}

TEST_F(OnnxImporter, ReadsAClassifierOfTwoOperations) {
  OnnxForm form;
  form.gemm = false;
  expect_equal(import_proto(to_onnx(model_, form)), model_);
}

TEST_F(OnnxImporter, GoesByPositionAndNotByName) {
  onnx::ModelProto model = to_onnx(model_);
  // Every value gets a number.
  std::map<std::string, std::string> names;
  const auto rename = [&](std::string& name) {
    name = names.emplace(name, std::to_string(names.size())).first->second;
  };
  onnx::GraphProto& graph = *model.mutable_graph();
  for (auto& tensor : *graph.mutable_initializer()) rename(*tensor.mutable_name());
  for (auto& input : *graph.mutable_input()) rename(*input.mutable_name());
  for (auto& node : *graph.mutable_node()) {
    for (std::string& input : *node.mutable_input()) rename(input);
    for (std::string& output : *node.mutable_output()) rename(output);
  }
  expect_equal(import_proto(model), model_);
}

TEST_F(OnnxImporter, TakesARectifierAfterTheConcatenation) {
  onnx::ModelProto model = to_onnx(model_);
  for (int i = 0; i < 4; ++i) {
    std::string& branch = *node(model, "mixed4c").mutable_input(i);
    branch += "_sum";
  }
  *node(model, "mixed4c").mutable_output(0) = "joined";
  onnx::NodeProto& relu = *model.mutable_graph()->add_node();
  relu.set_op_type("Relu");
  relu.add_input("joined");
  relu.add_output("mixed4c");
  expect_equal(import_proto(model), model_);
}

TEST_F(OnnxImporter, TakesWhatTorchvisionBuildsOtherwise) {
  OnnxForm form;
  form.pool = {0, 0, 0, 0};
  form.ceil = true;
  onnx::ModelProto model = to_onnx(model_, form);
  // The last pool is 2x2, and the 5x5 convolutions are 3x3.
  for (int i = 0; i < 2; ++i) attribute(model, "pool4", "kernel_shape").set_ints(i, 2);
  change_rules(model_, [](InceptionRules& rules) { rules.pool_sizes = {3, 3, 3, 2}; });
  onnx::TensorProto& filter = initialiser(model, "mixed5b_5x5_w");
  filter.clear_raw_data();
  filter.set_dims(2, 3);
  filter.set_dims(3, 3);
  for (ConvLayer& layer : model_.layers) {
    if (layer.name != "mixed5b_5x5") continue;
    for (std::size_t i = 0; i < layer.filter.size(); ++i) {
      const bool inside = i % 5 > 0 && i % 5 < 4 && i / 5 % 5 > 0 && i / 5 % 5 < 4;
      if (inside) filter.add_float_data(layer.filter[i]);
      if (!inside) layer.filter[i] = 0;
    }
  }
  auto& pads = *attribute(model, "mixed5b_5x5_sum", "pads").mutable_ints();
  std::fill(pads.begin(), pads.end(), 1);
  expect_equal(import_proto(model), model_);
}

TEST_F(OnnxImporter, TakesConvolutionsWithoutBias) {
  onnx::ModelProto model = to_onnx(model_);
  node(model, "conv2d1_sum").mutable_input()->RemoveLast();
  std::fill(model_.layers[1].bias.begin(), model_.layers[1].bias.end(), 0.0F);
  expect_equal(import_proto(model), model_);
  EXPECT_EQ(report_.unused, std::vector<std::string>{"conv2d1_b"});
}

TEST_F(OnnxImporter, TakesConstantsThatAreNodes) {
  onnx::ModelProto model = to_onnx(model_);
  onnx::NodeProto constant;
  constant.set_op_type("Constant");
  constant.add_output("conv2d1_b");
  onnx::AttributeProto& value = add_attribute(constant, "value");
  *value.mutable_t() = initialiser(model, "conv2d1_b");
  initialiser(model, "conv2d1_b").set_name("elsewhere");
  *model.mutable_graph()->add_node() = constant;
  expect_equal(import_proto(model), model_);
}

TEST_F(OnnxImporter, ChoosesTheFamilyByWidthsAndRules) {
  const Model bvlc = synthetic_model("bvlc_googlenet", 1);
  const Model imported = import_proto(to_onnx(bvlc), {});
  EXPECT_EQ(imported.provenance.family, "bvlc_googlenet");
  EXPECT_EQ(imported.input.order, ChannelOrder::bgr);
  EXPECT_EQ(rules_of(imported.network).lrn.alpha, rules_of(bvlc.network).lrn.alpha);

  Model bare = bvlc;
  change_rules(bare, [](InceptionRules& rules) { rules.lrn = {}; });
  expect_input_error({"model.onnx", "normalisation", "--family"}, [&] { import_proto(to_onnx(bare), {}); });
  EXPECT_FALSE(rules_of(import_proto(to_onnx(bare), "bvlc_googlenet").network).lrn.present);
  expect_input_error({"model.onnx", "--family"}, [&] { import_proto(to_onnx(model_), {}); });
  expect_error(ErrorKind::usage, {"'resnet'"}, [&] { import_proto(to_onnx(model_), "resnet"); });
}

TEST_F(OnnxImporter, IsRecognisedByContent) {
  write_text(path_, to_onnx(model_).SerializeAsString());
  Model imported = import_model(path_, {std::nullopt, "bvlc_googlenet"});
  EXPECT_EQ(imported.provenance.sha256.size(), 64U);
  imported.provenance.sha256.clear();
  expect_equal(imported, model_);
}

TEST_F(OnnxImporter, NamesTheOperationThatDoesNotBelong) {
  expect_refused({"'conv2d2' (Sigmoid)", "conv2d2", "a rectifier"},
                 [](auto& model) { node(model, "conv2d2").set_op_type("Sigmoid"); });
  expect_refused({"'mixed5a_1x1_sum' (BatchNormalization)", "a convolution"},
                 [](auto& model) { node(model, "mixed5a_1x1_sum").set_op_type("BatchNormalization"); });
  expect_refused({"'mixed5a_1x1_sum'", "groups"},
                 [](auto& model) { add_attribute(node(model, "mixed5a_1x1_sum"), "group").set_i(2); });
  expect_refused({"'mixed5a_1x1_sum'", "dilated"}, [](auto& model) {
    add_list(node(model, "mixed5a_1x1_sum"), "dilations", {2, 2});
  });
  expect_refused({"'mixed5a_1x1_sum'", "'strides'"},
                 [](auto& model) { attribute(model, "mixed5a_1x1_sum", "strides").set_ints(0, 7); });
  expect_refused({"'pool3'", "windows of 4"}, [](auto& model) {
    attribute(model, "pool3", "kernel_shape").set_ints(0, 4);
    attribute(model, "pool3", "kernel_shape").set_ints(1, 4);
  });
  expect_refused({"'mixed3a'", "axis 1"}, [](auto& model) { attribute(model, "mixed3a", "axis").set_i(2); });
  expect_refused({"'norm1'", "size of 4"}, [](auto& model) { attribute(model, "norm1", "size").set_i(4); });
  expect_refused({"'logits'", "scales"},
                 [](auto& model) { add_attribute(node(model, "logits"), "alpha").set_f(2); });
  expect_refused({"no fully connected layer reads an average", "'logits' (Gemm) reads 'average' (LpPool)"},
                 [](auto& model) { node(model, "average").set_op_type("LpPool"); });
  expect_refused({"no fully connected layer, which"},
                 [](auto& model) { node(model, "logits").set_op_type("Einsum"); });
  expect_refused({"'scaled' (Mul)", "the input"}, [](auto& model) {
    *node(model, "conv2d0_sum").mutable_input(0) = "scaled";
    onnx::NodeProto& scale = *model.mutable_graph()->add_node();
    scale.set_op_type("Mul");
    scale.add_input("data_0");
    scale.add_output("scaled");
  });
  expect_refused({"'mixed3a_1x1' is made twice"},
                 [](auto& model) { *model.mutable_graph()->add_node() = node(model, "mixed3a_1x1"); });
}

TEST_F(OnnxImporter, ReadsTensorsFromAFileBesideIt) {
  onnx::ModelProto model = to_onnx(model_);
  std::string data;
  const auto set = [](onnx::TensorProto& tensor, const char* key, const std::string& value) {
    for (auto& entry : *tensor.mutable_external_data()) {
      if (entry.key() == key) return entry.set_value(value);
    }
    onnx::StringStringEntryProto& entry = *tensor.add_external_data();
    entry.set_key(key);
    entry.set_value(value);
  };
  for (onnx::TensorProto& tensor : *model.mutable_graph()->mutable_initializer()) {
    if (tensor.raw_data().empty()) continue;
    set(tensor, "location", "model.onnx.data");
    set(tensor, "offset", std::to_string(data.size()));
    set(tensor, "length", std::to_string(tensor.raw_data().size()));
    data += tensor.raw_data();
    tensor.clear_raw_data();
    tensor.set_data_location(1);
  }
  write_text(folder_ / "model.onnx.data", data);
  expect_equal(import_proto(model), model_);

  const auto refused = [&](std::initializer_list<std::string_view> parts, const char* key,
                           const std::string& value) {
    onnx::ModelProto changed = model;
    set(initialiser(changed, "conv2d1_w"), key, value);
    expect_input_error(parts, [&] { import_proto(changed); });
  };
  refused({"'conv2d1_w'", "'../model.onnx.data'", "not the name of a file beside"}, "location",
          "../model.onnx.data");
  refused({"'conv2d1_w'", "not the name of a file beside"}, "location", "/etc/passwd");
  refused({"'conv2d1_w'", "'missing', which does not lie beside"}, "location", "missing");
  refused({"'conv2d1_w'", "beyond the end"}, "offset", std::to_string(data.size() + 1));
  refused({"'conv2d1_w'", "beyond the end"}, "length", std::to_string(data.size()));
  refused({"'conv2d1_w'", "is no number"}, "offset", "-1");
  refused({"'conv2d1_w'", "values of 4 bytes but holds 12 bytes"}, "length", "12");
  refused({"shares its data with another"}, "length", std::to_string(data.size() - 1300));
}

TEST_F(OnnxImporter, TakesEveryAverageThatIsTheMeanOfTheMap) {
  const auto pool = [](std::int64_t size, std::int64_t stride, const Pads& pads, std::int64_t counted) {
    return [=](onnx::ModelProto& model) {
      onnx::NodeProto& average = node(model, "average");
      average.clear_attribute();
      add_list(average, "kernel_shape", {size, size});
      add_list(average, "strides", {stride, stride});
      add_list(average, "pads", pads);
      add_attribute(average, "count_include_pad").set_i(counted);
    };
  };
  const auto mean = [](const Pads& axes, bool as_input) {
    return [=](onnx::ModelProto& model) {
      onnx::NodeProto& average = node(model, "average");
      average.clear_attribute();
      average.set_op_type("ReduceMean");
      if (!as_input) return add_list(average, "axes", axes);
      onnx::TensorProto& tensor = *model.mutable_graph()->add_initializer();
      tensor.set_name("axes");
      tensor.add_dims(static_cast<std::int64_t>(axes.size()));
      tensor.set_data_type(kInt64);
      for (const std::int64_t axis : axes) tensor.add_int64_data(axis);
      average.add_input("axes");
    };
  };
  const std::function<void(onnx::ModelProto&)> means[] = {
      pool(7, 1, {0, 0, 0, 0}, 1), pool(7, 7, {0, 0, 0, 0}, 1), pool(8, 1, {0, 0, 1, 1}, 0),
      pool(9, 2, {1, 1, 1, 1}, 0), pool(7, 2, {0, 0, 1, 1}, 0), mean({2, 3}, false),
      mean({-1, -2}, true)};
  for (const auto& change : means) {
    onnx::ModelProto model = to_onnx(model_);
    change(model);
    expect_equal(import_proto(model), model_);
  }
  // Two by two means; a part of the map; zeros counted; another axis.
  expect_refused({"'average' (AveragePool)", "padded 0 0 1 1", "7x7"}, pool(7, 1, {0, 0, 1, 1}, 0));
  expect_refused({"'average' (AveragePool)", "5x5"}, pool(5, 5, {0, 0, 0, 0}, 0));
  expect_refused({"'average' (AveragePool)", "counting"}, pool(8, 1, {0, 0, 1, 1}, 1));
  expect_refused({"'average' (ReduceMean)"}, mean({1, 2}, true));
}

TEST_F(OnnxImporter, FoldsThePreparationOfTheInput) {
  // captum's network: 255 times the picture, minus 117, in the other order of colours.
  onnx::ModelProto model = to_onnx(model_);
  *node(model, "conv2d0_sum").mutable_input(0) = "prepared";
  const auto add = [&](const char* op, std::initializer_list<const char*> inputs, const char* output) {
    onnx::NodeProto& added = *model.mutable_graph()->add_node();
    added.set_op_type(op);
    for (const char* input : inputs) added.add_input(input);
    added.add_output(output);
    return &added;
  };
  const auto number = [&](const char* name, float value) {
    onnx::TensorProto& tensor = *model.mutable_graph()->add_initializer();
    tensor.set_name(name);
    tensor.set_data_type(1);
    tensor.add_float_data(value);
  };
  number("255", 255);
  number("117", 117);
  onnx::TensorProto& order = *model.mutable_graph()->add_initializer();
  order.set_name("order");
  order.add_dims(3);
  order.set_data_type(kInt64);
  for (const std::int64_t channel : {2, 1, 0}) order.add_int64_data(channel);
  add_attribute(*add("Gather", {"data_0", "order"}, "turned"), "axis").set_i(1);
  add("Mul", {"turned", "255"}, "bytes");
  add("Sub", {"bytes", "117"}, "prepared");

  write_text(path_, model.SerializeAsString());
  ImportReport report;
  Model imported = import_model(path_, {std::nullopt, "inception5h", "unit"}, &report);
  EXPECT_EQ(imported.input.order, ChannelOrder::bgr);
  for (const float mean : imported.input.mean) EXPECT_NEAR(mean, 117, 1e-4);
  EXPECT_TRUE(imported.layers[0].filter == model_.layers[0].filter);
  // The family's order is another, so what is fed cannot be told.
  expect_input_error({"prepares its input itself", "255", "--input"}, [&] {
    import_model(path_, {std::nullopt, "inception5h"});
  });
  node(model, "turned").set_op_type("Identity");
  node(model, "turned").mutable_input()->RemoveLast();
  write_text(path_, model.SerializeAsString());
  imported = import_model(path_, {std::nullopt, "inception5h"}, &report);
  EXPECT_EQ(report.input_rule, "unit");
  EXPECT_EQ(imported.input.order, ChannelOrder::rgb);
}

TEST_F(OnnxImporter, RefusesInitialisersThatLie) {
  expect_refused({"'conv2d0_w'", "not the name of a file"},
                 [](auto& model) { initialiser(model, "conv2d0_w").set_data_location(1); });
  expect_refused({"'conv2d0_w'", "294 values of 4 bytes but holds 1175 bytes"},
                 [](auto& model) { initialiser(model, "conv2d0_w").mutable_raw_data()->pop_back(); });
  expect_refused({"'conv2d0_w'", "output channels"},
                 [](auto& model) { initialiser(model, "conv2d0_w").set_dims(0, std::int64_t{1} << 62); });
  expect_refused({"'conv2d0_w'", "output channels"},
                 [](auto& model) { initialiser(model, "conv2d0_w").set_dims(0, -2); });
  expect_refused({"'conv2d1_w'", "2x2x3x3", "Kx2x1x1"}, [](auto& model) {
    initialiser(model, "conv2d1_w").set_dims(2, 3);
    initialiser(model, "conv2d1_w").set_dims(3, 3);
  });
  expect_refused({"'conv2d0_sum'", "'conv2d0_w'", "not a constant"},
                 [](auto& model) { initialiser(model, "conv2d0_w").set_data_type(kInt64); });
  expect_refused({"'conv2d1_w'", "read twice"},
                 [](auto& model) { *node(model, "conv2d2_sum").mutable_input(1) = "conv2d1_w"; });
  expect_refused({"'conv2d0'", "bias[0]", "nan"}, [](auto& model) {
    initialiser(model, "conv2d0_b").clear_raw_data();
    initialiser(model, "conv2d0_b").add_float_data(std::numeric_limits<float>::quiet_NaN());
    initialiser(model, "conv2d0_b").add_float_data(0);
  });
}

TEST_F(OnnxImporter, RefusesACutAtAnyByte) {
  const std::string bytes = to_onnx(model_).SerializeAsString();
  for (std::size_t size = 1; size < bytes.size(); size += 97) {
    expect_input_error({"model.onnx"}, [&] { import_bytes(bytes.substr(0, size)); });
  }
  expect_input_error({"model.onnx", "cut short"}, [&] { import_bytes(bytes.substr(0, bytes.size() - 1)); });
  expect_input_error({"no file of a kind that limpid reads"}, [&] { import_bytes("\x08\x07"); });
  expect_input_error({"is empty"}, [&] { import_bytes(""); });
  expect_input_error({"does not exist"}, [&] { import_onnx(folder_ / "missing"); });
}

TEST_F(OnnxImporter, SurvivesFlippedBytes) {
  const std::string good = to_onnx(model_).SerializeAsString();
  std::mt19937 random(6);
  for (int i = 0; i < 300; ++i) {
    std::string bytes = good;
    bytes[random() % bytes.size()] = static_cast<char>(random());
    write_text(path_, bytes);
    try {
      import_onnx(path_, "bvlc_googlenet");
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::input) << error.what();
    }
  }
}

TEST_F(OnnxImporter, ReadsWhatTheOnnxPackageWrites) {
  const std::string command = "/usr/bin/python3 -B " LIMPID_WRITE_ONNX " " + path_.string();
  const int status = std::system(command.c_str());
  constexpr int no_package = 77;
  if (WIFEXITED(status) && WEXITSTATUS(status) == no_package)
    GTEST_SKIP() << "Debian's python3-onnx is not installed";
  ASSERT_EQ(status, 0);
  expect_equal(import_onnx(path_, "bvlc_googlenet"), model_);
}

}  // namespace
}  // namespace limpid
