#include "weights/validate.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "tests/weights/support.h"

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

TEST(Validate, ComparesTheNodesWithInceptionsByTheirOwnRules) {
  const auto changed = [](std::initializer_list<std::string_view> parts, ValueId id, const AnyNode& op) {
    expect_complaint(parts, [&](Model& model) { model.network.nodes[static_cast<std::size_t>(id)].op = op; });
  };
  // One of nine padded otherwise, one of two normalisations by another rule.
  const Model model = narrow_model("bvlc_googlenet");
  const ValueId pool = model.network.find("mixed4c_pool"), second = model.network.find("localresponsenorm1");
  changed({"some.h5: node", "not InceptionV1's"}, pool, MaxPoolNode{3, 1, Padding::symmetric});
  changed({"some.h5: node", "not InceptionV1's"}, second, LrnNode{{true, 3, 1, 0.75F, 1}});
  expect_complaint({"some.h5: node", "1x1"}, [](Model& broken) {
    broken.network.nodes.push_back({"last", {}, SoftmaxNode{}, {3}});
  });
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
