// Networks that were wrapped, compiled, tuned or built from a tutorial: their names in every format, and what is
// assumed of their input.
#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

#include "tests/weights/caffe_writer.h"
#include "tests/weights/npz_writer.h"
#include "tests/weights/state_dict_writer.h"
#include "tests/weights/support.h"
#include "weights/hdf5_file.h"
#include "weights/import.h"
#include "weights/inception_v1.h"
#include "weights/layer_names.h"

namespace limpid {
namespace {

using namespace testing;  // limpid::testing, which holds what the formats' tests share.

using Rename = std::function<std::string(const std::string&)>;

class WrappedNames : public ::testing::Test {
 protected:
  static StateDict renamed(StateDict tensors, const Rename& rename) {
    for (StateTensor& tensor : tensors) tensor.name = rename(tensor.name);
    return tensors;
  }

  static Rename prefixed(const std::string& prefix) {
    return [=](const std::string& name) { return prefix + name; };
  }

  /// lucent's names, with the classifier's two tensors under another.
  StateDict with_classifier(const std::string& name) const {
    const std::string usual = "softmax2_pre_activation_matmul";
    return renamed(lucent_state_dict(model_), [&](const std::string& old) {
      return old.starts_with(usual) ? name + old.substr(usual.size()) : old;
    });
  }

  /// The state dict from each format that holds one.
  std::vector<Model> import_all(const StateDict& tensors, const ImportOptions& options = {}) {
    write_text(folder_ / "w.safetensors", safetensors_bytes(tensors, "F32"));
    write_zip(folder_ / "w.pth", pth_entries(tensors, "FloatStorage"));
    Entries arrays;
    for (const StateTensor& tensor : tensors) {
      std::string shape;
      for (const std::uint64_t extent : tensor.shape)
        shape += (shape.empty() ? "" : ", ") + std::to_string(extent);
      if (tensor.shape.size() == 1) shape += ",";
      arrays[tensor.name + ".npy"] = npy("<f4", shape, elements("F32", tensor.values));
    }
    write_zip(folder_ / "w.npz", arrays);
    std::vector<Model> models;
    for (const char* file : {"w.safetensors", "w.pth", "w.npz"}) {
      models.push_back(import_model(folder_ / file, options, &report_));
      models.back().provenance.source = model_.provenance.source;
      models.back().provenance.sha256.clear();
    }
    return models;
  }

  void expect_same(const StateDict& tensors) {
    for (const Model& model : import_all(tensors)) expect_equal(model, model_);
  }

  TemporaryFolder folder_;
  Model model_ = narrow_model("inception5h");
  ImportReport report_;
};

TEST_F(WrappedNames, PrefixesAreTakenOff) {
  const StateDict lucent = lucent_state_dict(model_);
  for (const char* prefix : {"", "module.", "_orig_mod.", "model.", "module._orig_mod.", "net.backbone."}) {
    SCOPED_TRACE(prefix);
    expect_same(renamed(lucent, prefixed(prefix)));
  }
  // Wrapped layer by layer.
  expect_same(renamed(captum_state_dict(model_), [](const std::string& name) {
    const std::size_t dot = name.find('.');
    return "model." + name.substr(0, dot) + "._orig_mod" + name.substr(dot);
  }));
}

TEST_F(WrappedNames, SeveralNetworksAreRefusedByName) {
  StateDict both = renamed(lucent_state_dict(model_), prefixed("student."));
  for (StateTensor& tensor : renamed(lucent_state_dict(model_), prefixed("teacher."))) both.push_back(tensor);
  expect_input_error({"several networks", "'student.'", "'teacher.'"}, [&] { import_all(both); });
}

TEST_F(WrappedNames, AClassifierOfAnotherNameIsKnownByItsShape) {
  for (const char* name : {"fc", "head.1", "classifier.flowers"}) {
    SCOPED_TRACE(name);
    expect_same(with_classifier(name));
    EXPECT_EQ(
        std::count(report_.assumed.begin(), report_.assumed.end(), std::string("classifier: '") + name + "'"),
        1);
  }
  StateDict tensors = with_classifier("head");
  StateTensor weight =
      *std::find_if(tensors.begin(), tensors.end(), [](const auto& t) { return t.name == "head.weight"; });
  StateTensor bias =
      *std::find_if(tensors.begin(), tensors.end(), [](const auto& t) { return t.name == "head.bias"; });
  weight.name = "other.weight";
  bias.name = "other.bias";
  tensors.insert(tensors.end(), {weight, bias});
  expect_input_error({"'head'", "'other'", "could be the classifier"}, [&] { import_all(tensors); });
  expect_input_error({"'softmax2_pre_activation_matmul.weight'", "missing"}, [&] {
    import_all(renamed(with_classifier("head"),
                       [](const std::string& name) { return name == "head.bias" ? "head.offset" : name; }));
  });
}

TEST_F(WrappedNames, CaffesNamesInAStateDict) {
  model_ = narrow_model("bvlc_googlenet");
  for (const char separator : {'/', '_'}) {
    StateDict tensors = canonical_state_dict(model_);
    for (StateTensor& tensor : tensors) {
      const std::size_t dot = tensor.name.find('.');
      for (const LayerSpec& spec : inception_layers()) {
        if (tensor.name.substr(0, dot) != spec.name) continue;
        std::string name = spec.caffe;
        std::replace(name.begin(), name.end(), '/', separator);
        tensor.name = name + tensor.name.substr(dot);
        break;
      }
    }
    if (separator == '_') expect_same(tensors);
    // A slash would be a folder in an archive.
    write_text(folder_ / "w.safetensors", safetensors_bytes(tensors, "F32"));
    EXPECT_TRUE(import_model(folder_ / "w.safetensors").layers[7].filter == model_.layers[7].filter);
  }
}

TEST_F(WrappedNames, CaffesClassifierOfAnotherName) {
  model_ = narrow_model("bvlc_googlenet");
  const auto import_net = [&](const std::function<void(caffe::NetParameter&)>& change) {
    caffe::NetParameter net = to_caffe(model_);
    change(net);
    write_text(folder_ / "w.caffemodel", net.SerializeAsString());
    Model model = import_model(folder_ / "w.caffemodel", {}, &report_);
    model.provenance.source = model_.provenance.source;
    model.provenance.sha256.clear();
    return model;
  };
  const auto classifier = [](caffe::NetParameter& net) { return net.mutable_layer(net.layer_size() - 1); };
  for (const char* name : {"loss3/classifier_flowers", "flowers_loss3/classifier", "fc8_flowers"}) {
    SCOPED_TRACE(name);
    expect_equal(import_net([&](auto& net) {
                   caffe::LayerParameter head = *classifier(net);
                   classifier(net)->set_name(name);
                   // That of an auxiliary head has the same shape.
                   head.set_name("flowers_loss1/classifier");
                   *net.add_layer() = head;
                 }),
                 model_);
    EXPECT_EQ(report_.unused, std::vector<std::string>{"flowers_loss1/classifier"});
    EXPECT_EQ(report_.assumed.at(1), std::string("classifier: '") + name + "'");
  }
  expect_input_error({"'a'", "'b'", "could be the classifier"}, [&] {
    import_net([&](auto& net) {
      classifier(net)->set_name("a");
      const caffe::LayerParameter head = *classifier(net);
      *net.add_layer() = head;
      classifier(net)->set_name("b");
    });
  });
  expect_input_error({"'loss3/classifier' is missing", "none that is left fits"},
                     [&] { import_net([&](auto& net) { net.mutable_layer()->RemoveLast(); }); });
}

TEST_F(WrappedNames, NvidiasCaffeKeepsNumbersAsBytes) {
  model_ = narrow_model("bvlc_googlenet");
  const char* types[] = {"F64", "F32", "F16"};
  for (int type = 0; type < 3; ++type) {
    SCOPED_TRACE(types[type]);
    caffe::NetParameter net = to_caffe(model_);
    for (caffe::LayerParameter& layer : *net.mutable_layer()) {
      for (caffe::BlobProto& blob : *layer.mutable_blobs()) {
        blob.set_raw_data(elements(types[type], {blob.data().begin(), blob.data().end()}));
        if (type != 0) blob.set_raw_data_type(type);
        blob.clear_data();
      }
    }
    write_text(folder_ / "w.caffemodel", net.SerializeAsString());
    const Model model = import_model(folder_ / "w.caffemodel");
    for (std::size_t i = 0; i < model.layers.size(); ++i) {
      EXPECT_TRUE(model.layers[i].filter == model_.layers[i].filter);
      EXPECT_TRUE(model.layers[i].bias == model_.layers[i].bias);
    }
  }
}

// ---- The input ------------------------------------------------------------------------------------------------

/// torchvision's names with biases in place of batch normalisation.
StateDict tutorial_state_dict(const Model& model) {
  StateDict tensors = canonical_state_dict(model);
  for (StateTensor& tensor : tensors) {
    const std::size_t dot = tensor.name.find('.');
    for (const LayerSpec& spec : inception_layers()) {
      if (tensor.name.substr(0, dot) != spec.name) continue;
      tensor.name = torchvision_name(spec) + (spec.name == "logits" ? "" : ".conv") + tensor.name.substr(dot);
      break;
    }
  }
  return tensors;
}

TEST_F(WrappedNames, ATutorialsNetworkHasNoBatchNormalisation) {
  for (const Model& model : import_all(tutorial_state_dict(model_))) {
    EXPECT_EQ(model.provenance.family, "plain_googlenet");
    EXPECT_EQ(rules_of(model.network).pool_sizes, kUsualPools);
    EXPECT_FALSE(rules_of(model.network).lrn.present);
    EXPECT_EQ(model.input.mean, (std::array<float, 3>{127.5F, 127.5F, 127.5F}));
    EXPECT_TRUE(model.layer("mixed4a_5x5").filter == model_.layer("mixed4a_5x5").filter);
    EXPECT_EQ(model.layers[0].filter[3], static_cast<float>(model_.layers[0].filter[3] / 127.5));
  }
  EXPECT_EQ(report_.assumed,
            (std::vector<std::string>{"padding, pools and normalisation: those of plain_googlenet",
                                      "input: RGB from 0 to 1, minus 0.5, over 0.5 (half)"}));
}

TEST_F(WrappedNames, TheInputCanBeSaid) {
  const StateDict tensors = tutorial_state_dict(model_);
  const float weight = model_.layers[0].filter[49 * 2 + 3];  // Of blue.
  for (const Model& model : import_all(tensors, {std::nullopt, "", "imagenet"})) {
    EXPECT_FLOAT_EQ(model.input.mean[2], 0.406F * 255);
    EXPECT_FLOAT_EQ(model.layers[0].filter[49 * 2 + 3], weight / (0.225F * 255));
    EXPECT_EQ(report_.assumed.size(), 1U);
  }
  for (const Model& model : import_all(tensors, {std::nullopt, "", "caffe"})) {
    EXPECT_EQ(model.input.order, ChannelOrder::bgr);
    EXPECT_FLOAT_EQ(model.input.mean[0], 104);
    EXPECT_FLOAT_EQ(model.layers[0].filter[49 * 2 + 3], weight);
  }
  expect_error(ErrorKind::usage, {"unknown input 'torch'", "imagenet (RGB from 0 to 1"}, [&] {
    import_all(tensors, {std::nullopt, "", "torch"});
  });
}

TEST_F(WrappedNames, WhatAFileSaysIsNotAssumed) {
  import_all(canonical_state_dict(model_), {std::nullopt, "inception5h"});
  EXPECT_EQ(report_.input_rule, "tensorflow");
  EXPECT_EQ(report_.assumed.size(), 2U);
  write_model(model_, folder_ / "w.h5");
  import_model(folder_ / "w.h5", {}, &report_);
  EXPECT_TRUE(report_.assumed.empty());
  expect_error(ErrorKind::usage, {"w.h5", "leave out --input"}, [&] {
    import_model(folder_ / "w.h5", {std::nullopt, "", "caffe"});
  });
}

}  // namespace
}  // namespace limpid
