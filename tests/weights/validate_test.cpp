#include "weights/validate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <filesystem>
#include <limits>

#include "tests/weights/support.h"
#include "weights/append_layer.h"
#include "weights/hdf5_file.h"
#include "weights/npz_writer.h"
#include "weights/safetensors_writer.h"

namespace limpid {
namespace {

using testing::change_rules;
using testing::expect_input_error;
using testing::narrow_model;

/// Breaks a good model and expects `parts` in the complaint.
template <class Break>
void expect_complaint(std::initializer_list<std::string_view> parts, const Break& break_it) {
  Model model = narrow_model("bvlc_googlenet");
  break_it(model);
  expect_input_error(parts, [&] { validate(model, "some.h5"); });
}

TEST(Validate, AcceptsAGoodModel) {
  Model model = narrow_model("bvlc_googlenet");
  EXPECT_NO_THROW(validate(model, "some.h5"));
  model.classes = {"a", "b", "c"};
  EXPECT_NO_THROW(validate(model, "some.h5"));
}

TEST(Validate, NamesTheMissingLayer) {
  expect_complaint({"some.h5", "'logits'", "missing"}, [](Model& model) { model.layers.pop_back(); });
}

TEST(Validate, NamesTheSurplusLayer) {
  expect_complaint({"'extra'", "not part"}, [](Model& model) {
    model.layers.push_back(model.layers[0]);
    model.layers.back().name = "extra";
  });
}

TEST(Validate, NamesTheMisplacedLayer) {
  expect_complaint({"'conv2d1'", "'conv2d0'"},
                   [](Model& model) { std::swap(model.layers[0], model.layers[1]); });
}

TEST(Validate, ComparesChannelsAlongTheTopology) {
  expect_complaint({"'mixed3b_1x1'", "2x8x1x1", "Kx9x1x1"}, [](Model& model) {
    ConvLayer& layer = model.layers[5];
    ASSERT_EQ(layer.name, "mixed3a_3x3");
    layer.k = 3;
    layer.filter.resize(static_cast<std::size_t>(3 * layer.c * 9));
    layer.bias.resize(3);
  });
}

TEST(Validate, ComparesValuesWithTheShape) {
  expect_complaint({"'conv2d0'", "filter holds 293 values"},
                   [](Model& model) { model.layers[0].filter.pop_back(); });
  expect_complaint({"'conv2d0'", "bias is 1", "2 output channels"},
                   [](Model& model) { model.layers[0].bias.pop_back(); });
  expect_complaint({"'conv2d0'", "2x3x3x3"}, [](Model& model) { model.layers[0].size = 3; });
  expect_complaint({"'conv2d0'", "0 output channels"}, [](Model& model) { model.layers[0].k = -2; });
}

TEST(Validate, NamesTheElementThatIsNotFinite) {
  expect_complaint({"'conv2d0'", "filter[1, 2, 0, 3]", "nan"}, [](Model& model) {
    model.layers[0].filter[(1 * 3 + 2) * 49 + 3] = std::numeric_limits<float>::quiet_NaN();
  });
  expect_complaint({"'conv2d1'", "bias[1]", "inf"},
                   [](Model& model) { model.layers[1].bias[1] = std::numeric_limits<float>::infinity(); });
}

/// A network of no family: a convolution, its ReLU, a pool, and the logits of the pool's mean.
Model small_model() {
  Model model;
  model.network.nodes = {
      {"picture", {}, PictureNode{}, {}},
      {"", {}, ConvNode{"first", 3, 2, Padding::symmetric}, {0}},
      {"first", {}, ReluNode{}, {1}},
      {"pooled", {}, MaxPoolNode{2, 2, Padding::caffe}, {2}},
      {"mean", {}, AveragePoolNode{}, {3}},
      {"classes", {}, ConvNode{"classes", 1, 1, Padding::symmetric}, {4}},
      {"probabilities", {}, SoftmaxNode{}, {5}},
  };
  model.network.logits = 5;
  model.layers = {{"first", 2, 3, 3, std::vector<float>(54), std::vector<float>(2)},
                  {"classes", 4, 2, 1, std::vector<float>(8), std::vector<float>(4)}};
  return model;
}

TEST(Validate, AcceptsAnyNetworkThatFits) {
  Model model = small_model();
  EXPECT_NO_THROW(validate(model, "there"));
  model.classes = {"a", "b", "c", "d"};
  EXPECT_NO_THROW(validate(model, "there"));
  model.network.logits = -1;
  expect_input_error({"4 labels for 0 classes"}, [&] { validate(model, "there"); });
}

TEST(Validate, NamesTheNodeThatBreaksARule) {
  struct Case {
    std::string_view said;
    void (*spoil)(Network&);
  };
  const Case cases[] = {
      {"no nodes", [](Network& n) { n.nodes.clear(); }},
      {"node 0: the first node is the picture", [](Network& n) { n.nodes.erase(n.nodes.begin()); }},
      {"node 6 ('probabilities'): it is the picture", [](Network& n) { n.nodes[6].op = PictureNode{}; }},
      {"node 3 ('pooled'): it reads node 3", [](Network& n) { n.nodes[3].inputs = {3}; }},
      {"node 3 ('pooled'): it reads node -1", [](Network& n) { n.nodes[3].inputs = {-1}; }},
      {"node 3 ('pooled'): it reads 2 nodes",
       [](Network& n) {
         n.nodes[3].inputs = {2, 2};
       }},
      {"node 1: it reads 0 nodes", [](Network& n) { n.nodes[1].inputs.clear(); }},
      {"node 3 ('pooled'): it reads the picture", [](Network& n) { n.nodes[3].inputs = {0}; }},
      {"node 5 ('classes'): it reads the picture", [](Network& n) { n.nodes[5].inputs = {0}; }},
      {"node 1: a convolution of 9 x 9",
       [](Network& n) {
         n.nodes[1].op = ConvNode{"first", 9};
       }},
      {"node 5 ('classes'): a stride of 2",
       [](Network& n) {
         n.nodes[5].op = ConvNode{"classes", 1, 2};
       }},
      {"node 1: it has no layer's name",
       [](Network& n) {
         n.nodes[1].op = ConvNode{"", 3};
       }},
      {"node 5 ('classes'): there is a layer 'first' already",
       [](Network& n) { n.nodes[5].op = ConvNode{"first"}; }},
      {"node 3 ('first'): there is a layer 'first' already", [](Network& n) { n.nodes[3].name = "first"; }},
      {"'a/b' cannot name a layer", [](Network& n) { n.nodes[3].name = "a/b"; }},
      {"node 3 ('pooled'): it is not the only ReLU",
       [](Network& n) {
         n.nodes[3] = {"pooled", {}, ReluNode{}, {1}};
       }},
      {"node 4 ('mean'): it is not the only ReLU", [](Network& n) { n.nodes[4].op = ReluNode{}; }},
      {"node 6 ('probabilities'): it is a ReLU behind 'classes'",
       [](Network& n) { n.nodes[6].op = ReluNode{}; }},
      {"node 3 ('pooled'): a pool of 4 x 4",
       [](Network& n) {
         n.nodes[3].op = MaxPoolNode{4, 2};
       }},
      {"node 3 ('pooled'): a stride of 1",
       [](Network& n) {
         n.nodes[3].op = MaxPoolNode{2, 1};
       }},
      {"node 3 ('pooled'): LRN needs a finite alpha",
       [](Network& n) {
         n.nodes[3].op = LrnNode{{true, 2, -1, 0.75F, 1}};
       }},
      {"node 6 ('probabilities'): node 4 cannot be a part",
       [](Network& n) {
         n.nodes[6] = {"probabilities", {}, ConcatNode{}, {4, 5}};
       }},
      {"node 6 ('probabilities'): node 5 is a part of two",
       [](Network& n) {
         n.nodes[6] = {"probabilities", {}, ConcatNode{}, {5, 5}};
       }},
      {"node 3 is no convolution", [](Network& n) { n.logits = 3; }},
      {"node 7 is no convolution", [](Network& n) { n.logits = 7; }},
  };
  for (const Case& broken : cases) {
    Model model = small_model();
    broken.spoil(model.network);
    SCOPED_TRACE(broken.said);
    expect_input_error({"some.h5: ", broken.said}, [&] { validate(model, "some.h5"); });
  }
}

TEST(Validate, FilesHoldInceptionAlone) {
  const auto changed = [](std::initializer_list<std::string_view> parts, ValueId id, const AnyNode& op) {
    Model model = narrow_model("bvlc_googlenet");
    model.network.nodes[static_cast<std::size_t>(id)].op = op;
    EXPECT_NO_THROW(validate(model, "some.h5"));
    expect_input_error(parts, [&] { check_inception(model, "some.h5"); });
  };
  // One of nine padded otherwise, one of two normalisations by another rule.
  const Model model = narrow_model("bvlc_googlenet");
  const ValueId pool = model.network.find("mixed4c_pool"), second = model.network.find("localresponsenorm1");
  changed({"some.h5: node", "not InceptionV1's"}, pool, MaxPoolNode{3, 1, Padding::symmetric});
  changed({"some.h5: node", "not InceptionV1's"}, second, LrnNode{{true, 3, 1, 0.75F, 1}});
  Model more = narrow_model("bvlc_googlenet");
  more.network.nodes.push_back({"last", {}, SoftmaxNode{}, {3}});
  expect_input_error({"some.h5: node", "1x1"}, [&] { check_inception(more, "some.h5"); });
  // Each writer asks.
  const testing::TemporaryFolder folder;
  for (const char* name : {"a.h5", "a.npz", "a.safetensors"}) {
    const auto path = folder / name;
    const auto write = [&] {
      if (path.extension() == ".h5") return write_model(small_model(), path);
      if (path.extension() == ".npz") return write_npz(small_model(), path);
      write_safetensors(small_model(), path);
    };
    expect_input_error({name, "not InceptionV1's"}, write);
    EXPECT_FALSE(std::filesystem::exists(path));
  }
}

TEST(Validate, ChecksTheRules) {
  expect_complaint({"2 labels for 3 classes"}, [](Model& model) { model.classes = {"a", "b"}; });
  expect_complaint({"LRN", "beta 0.6"}, [](Model& model) {
    change_rules(model, [](InceptionRules& rules) { rules.lrn.beta = 0.6F; });
  });
  // What the kernels are built for, and no other.
  for (const int radius : {-1, 0, 6}) {
    expect_complaint({"LRN", fmt::format("radius {} ", radius)}, [&](Model& model) {
      change_rules(model, [&](InceptionRules& rules) { rules.lrn.radius = radius; });
    });
  }
  for (const int radius : {1, 4, 5}) {
    Model model = narrow_model("inception5h");
    change_rules(model, [&](InceptionRules& rules) { rules.lrn.radius = radius; });
    EXPECT_NO_THROW(validate(model, "there"));
  }
  expect_complaint({"alpha"}, [](Model& model) {
    change_rules(model,
                 [](InceptionRules& rules) { rules.lrn.alpha = std::numeric_limits<float>::quiet_NaN(); });
  });
  expect_complaint({"mean"},
                   [](Model& model) { model.input.mean[1] = std::numeric_limits<float>::infinity(); });
  expect_complaint({"input size of 0"}, [](Model& model) { model.input.size = 0; });
  expect_complaint({"label of class 1"}, [](Model& model) {
    model.classes = {"a", std::string(kMaxLabelSize + 1, 'x'), "c"};
  });
}

}  // namespace
}  // namespace limpid
