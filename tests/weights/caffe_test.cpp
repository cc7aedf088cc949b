#include <gtest/gtest.h>

#include <algorithm>
#include <functional>
#include <random>

#include "tests/weights/caffe_writer.h"
#include "tests/weights/support.h"
#include "weights/caffe_importer.h"
#include "weights/topology.h"

namespace limpid {
namespace {

using testing::CaffeForm;
using testing::expect_equal;
using testing::expect_input_error;
using testing::fill_layer;
using testing::narrow_model;
using testing::TemporaryFolder;
using testing::to_caffe;
using testing::to_caffe_v1;
using testing::write_text;

class CaffeImporter : public ::testing::Test {
 protected:
  Model import_bytes(const std::string& bytes) {
    write_text(path_, bytes);
    return import_caffemodel(path_);
  }
  Model import_net(const caffe::NetParameter& net) { return import_bytes(net.SerializeAsString()); }

  /// Changes a good network, which must then be refused with `parts` in the message.
  void expect_refused(std::initializer_list<std::string_view> parts,
                      const std::function<void(caffe::NetParameter&)>& change) {
    caffe::NetParameter net = to_caffe(model_);
    change(net);
    expect_input_error(parts, [&] { import_net(net); });
  }

  /// The layer of that name in a network in the current form.
  static caffe::LayerParameter& layer(caffe::NetParameter& net, std::string_view name) {
    return *std::find_if(net.mutable_layer()->begin(), net.mutable_layer()->end(),
                         [&](const caffe::LayerParameter& candidate) { return candidate.name() == name; });
  }

  static Model expected_model() {
    Model model = narrow_model("bvlc_googlenet");
    model.provenance.source = "net.caffemodel";
    return model;
  }

  TemporaryFolder folder_;
  std::filesystem::path path_ = folder_ / "net.caffemodel";
  Model model_ = expected_model();
};

TEST_F(CaffeImporter, ReadsEveryForm) {
  for (const bool legacy_shape : {false, true}) {
    for (const bool doubles : {false, true}) {
      SCOPED_TRACE(::testing::Message() << "legacy shape " << legacy_shape << ", doubles " << doubles);
      const CaffeForm form{legacy_shape, doubles};
      expect_equal(import_net(to_caffe(model_, form)), model_);
      expect_equal(import_net(to_caffe_v1(model_, form)), model_);
    }
  }
}

TEST_F(CaffeImporter, ReadsValuesThatAreNotPacked) {
  // Older writers stored each float under its own tag: field 5, wire type 5 (32 bits).
  caffe::NetParameter net = to_caffe(model_);
  caffe::BlobProto& bias = *layer(net, "conv1/7x7_s2").mutable_blobs(1);
  std::string loose;
  for (const float value : bias.data()) {
    loose.push_back(static_cast<char>(5 << 3 | 5));
    loose.append(reinterpret_cast<const char*>(&value), sizeof value);
  }
  bias.clear_data();
  std::string blob = bias.SerializeAsString() + loose;
  ASSERT_TRUE(bias.ParseFromString(blob));
  EXPECT_EQ(bias.data_size(), 2);
  *bias.mutable_data() = {};
  // Put the loose bytes into the network's own bytes: an unknown field keeps them as they are.
  bias.mutable_unknown_fields()->append(loose);
  expect_equal(import_net(net), model_);
}

TEST_F(CaffeImporter, SkipsAuxiliaryHeadsAndLayersWithoutWeights) {
  caffe::NetParameter net = to_caffe(model_);
  fill_layer(*net.add_layer(), model_.layers[3], "loss1/conv", {});
  fill_layer(*net.add_layer(), model_.layers[3], "loss2/fc", {});
  net.add_layer()->set_name("loss3/loss3");
  write_text(path_, net.SerializeAsString());
  ImportReport report;
  expect_equal(import_caffemodel(path_, &report), model_);
  EXPECT_EQ(report.unused, (std::vector<std::string>{"loss1/conv", "loss2/fc"}));
}

TEST_F(CaffeImporter, RefusesACutFile) {
  const std::string bytes = to_caffe(model_).SerializeAsString();
  for (const std::size_t size : {bytes.size() - 1, bytes.size() / 2, bytes.size() / 10}) {
    expect_input_error({"net.caffemodel", "cut short"}, [&] { import_bytes(bytes.substr(0, size)); });
  }
  expect_input_error({"is empty"}, [&] { import_bytes(""); });
  expect_input_error({"does not exist"}, [&] { import_caffemodel(folder_ / "missing"); });
}

TEST_F(CaffeImporter, RefusesACutAtAnyByte) {
  const std::string bytes = to_caffe(model_).SerializeAsString();
  for (std::size_t size = 1; size < bytes.size(); size += 97) {
    expect_input_error({"net.caffemodel"}, [&] { import_bytes(bytes.substr(0, size)); });
  }
}

TEST_F(CaffeImporter, RefusesRandomBytes) {
  std::mt19937 random(1);
  for (int i = 0; i < 200; ++i) {
    std::string bytes(1 + random() % 5000, '\0');
    std::generate(bytes.begin(), bytes.end(), [&] { return static_cast<char>(random()); });
    expect_input_error({"net.caffemodel"}, [&] { import_bytes(bytes); });
  }
}

TEST_F(CaffeImporter, SurvivesFlippedBytes) {
  const std::string good = to_caffe(model_).SerializeAsString();
  std::mt19937 random(2);
  for (int i = 0; i < 300; ++i) {
    std::string bytes = good;
    bytes[random() % bytes.size()] = static_cast<char>(random());
    write_text(path_, bytes);
    try {
      import_caffemodel(path_);
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::input) << error.what();
    }
  }
}

TEST_F(CaffeImporter, NamesTheMissingLayer) {
  expect_refused({"'inception_4b/3x3'", "missing"},
                 [&](auto& net) { layer(net, "inception_4b/3x3").set_name("inception_4b/7x7"); });
  expect_refused({"'conv1/7x7_s2'", "missing"},
                 [](auto& net) { net.mutable_layer()->DeleteSubrange(1, 57); });
}

TEST_F(CaffeImporter, NamesTheSurplusLayer) {
  expect_refused({"'conv1/7x7_s2/bn'", "not part of InceptionV1"},
                 [&](auto& net) { fill_layer(*net.add_layer(), model_.layers[0], "conv1/7x7_s2/bn", {}); });
  expect_refused({"'conv2/3x3'", "twice"},
                 [&](auto& net) { fill_layer(*net.add_layer(), model_.layers[2], "conv2/3x3", {}); });
}

TEST_F(CaffeImporter, NamesTheLayerOfAnotherShape) {
  expect_refused({"'inception_3a/5x5'", "2x2x3x3", "Kx2x5x5"}, [&](auto& net) {
    auto& shape = *layer(net, "inception_3a/5x5").mutable_blobs(0)->mutable_shape();
    shape.set_dim(2, 3);
    shape.set_dim(3, 3);
  });
  expect_refused({"'conv2/3x3'", "bias"}, [&](auto& net) {
    layer(net, "conv2/3x3").mutable_blobs(1)->mutable_shape()->set_dim(0, 5);
  });
  expect_refused({"'conv2/3x3'", "1 blobs"},
                 [&](auto& net) { layer(net, "conv2/3x3").mutable_blobs()->RemoveLast(); });
  expect_refused({"'loss3/classifier'", "scalar"}, [&](auto& net) {
    layer(net, "loss3/classifier").mutable_blobs(0)->mutable_shape()->clear_dim();
  });
}

TEST_F(CaffeImporter, RefusesShapesThatLie) {
  expect_refused({"'conv1/7x7_s2'", "output channels"}, [&](auto& net) {
    layer(net, "conv1/7x7_s2").mutable_blobs(0)->mutable_shape()->set_dim(0, std::int64_t{1} << 62);
  });
  expect_refused({"'conv1/7x7_s2'", "output channels"}, [&](auto& net) {
    layer(net, "conv1/7x7_s2").mutable_blobs(0)->mutable_shape()->set_dim(0, -2);
  });
  expect_refused({"'conv1/7x7_s2'", "declares 294 values but holds 293"}, [&](auto& net) {
    layer(net, "conv1/7x7_s2").mutable_blobs(0)->mutable_data()->RemoveLast();
  });
}

TEST_F(CaffeImporter, RefusesNaN) {
  expect_refused({"'mixed3a_1x1'", "bias[0]", "nan"}, [&](auto& net) {
    layer(net, "inception_3a/1x1").mutable_blobs(1)->set_data(0, std::numeric_limits<float>::quiet_NaN());
  });
}

TEST(CaffeImporterReal, ReadsBvlcGooglenet) {
  if (testing::test_data().empty()) GTEST_SKIP() << "LIMPID_TEST_DATA is not set";
  const Model model = import_caffemodel(testing::test_data() / "weights/bvlc_googlenet.caffemodel");
  EXPECT_EQ(model.layers.size(), 58U);
  std::size_t parameters = 0;
  for (const ConvLayer& layer : model.layers) parameters += layer.filter.size() + layer.bias.size();
  EXPECT_EQ(parameters, 6'998'552U);
  EXPECT_EQ(model.class_count(), 1000);
  EXPECT_EQ(model.layer("mixed4a_3x3").k, 208);
}

}  // namespace
}  // namespace limpid
