// The double-precision network on small random weights of each family: names, shapes, gradients by finite
// differences, and choices taken over from another run.
#include "tests/reference/reference_network.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>

#include "kernels/core/error.h"
#include "weights/inception_v1.h"
#include "weights/topology.h"

namespace limpid::reference {
namespace {

/// InceptionV1 with two to five channels a layer.
Model small_model(Padding padding, const Lrn& lrn) {
  std::mt19937 random(29);
  std::normal_distribution<double> normal;
  Model model;
  model.network = inception_v1({padding, kUsualPools, lrn});
  int width = 0;
  for (const LayerSpec& spec : inception_layers()) {
    ConvLayer layer{spec.name, 2 + width++ % 4, 0, spec.size, {}, {}};
    if (spec.inputs.empty()) layer.c = 3;
    for (const std::string& input : spec.inputs) layer.c += model.layer(input).k;
    const double deviation = std::sqrt(2.0 / (layer.c * layer.size * layer.size));
    for (int i = 0; i < layer.k * layer.c * layer.size * layer.size; ++i) {
      layer.filter.push_back(static_cast<float>(deviation * normal(random)));
    }
    for (int i = 0; i < layer.k; ++i) layer.bias.push_back(static_cast<float>(0.5 + 0.1 * normal(random)));
    model.layers.push_back(std::move(layer));
  }
  return model;
}

Map random_input(int h, int w) {
  std::mt19937 random(31);
  std::normal_distribution<double> normal;
  Map map(3, h, w);
  for (double& value : map.values) value = normal(random);
  return map;
}

struct Family {
  const char* name;
  Padding padding;
  Lrn lrn;
};

class ReferenceNetwork : public ::testing::TestWithParam<Family> {
 protected:
  const Model model_ = small_model(GetParam().padding, GetParam().lrn);
  const Network network_{model_};
  const Map input_ = random_input(47, 50);
};

/// Central differences along one direction, with the choices held: the network is then smooth.
TEST_P(ReferenceNetwork, GradientsByFiniteDifferences) {
  const std::vector<ObjectiveTerm> objectives = {
      {TermKind::channel, "conv2d2", false, 1, {}, 1},
      {TermKind::channel, "mixed3b", false, 3, Position{}, 1},
      {TermKind::channel, "mixed4a_3x3_bottleneck", true, 0, Position{1, 2}, 2},
      {TermKind::layer, "mixed4c", false, 0, {}, 1},
      {TermKind::channel, "mixed5b", true, 4, {}, -1},
      {TermKind::channel, "logits", false, 1, {}, 1},
      {TermKind::channel, "softmax", false, 0, {}, 1},
  };
  const Trace trace = network_.forward(input_);
  const Map direction = [&] {
    Map map = random_input(47, 50);
    std::reverse(map.values.begin(), map.values.end());
    return map;
  }();
  constexpr double h = 1e-5;
  Map ahead = input_, behind = input_;
  for (std::size_t i = 0; i < input_.values.size(); ++i) {
    ahead.values[i] += h * direction.values[i];
    behind.values[i] -= h * direction.values[i];
  }
  const Trace trace_ahead = network_.forward(ahead, "softmax", trace.selections);
  const Trace trace_behind = network_.forward(behind, "softmax", trace.selections);

  for (const ObjectiveTerm& objective : objectives) {
    const Gradients gradients = network_.backward(trace, objective);
    double analytic = 0;
    for (std::size_t i = 0; i < direction.values.size(); ++i) {
      analytic += gradients.input().values[i] * direction.values[i];
    }
    const double numeric =
        (network_.backward(trace_ahead, objective).value - network_.backward(trace_behind, objective).value) /
        (2 * h);
    ASSERT_NE(numeric, 0) << objective.layer;
    EXPECT_NEAR(analytic, numeric, 1e-6 * std::abs(numeric) + 1e-9) << objective.layer;
  }
}

TEST_P(ReferenceNetwork, ItsOwnChoicesGivenBackChangeNothing) {
  const Trace trace = network_.forward(input_);
  const Trace again = network_.forward(input_, "softmax", trace.selections);
  EXPECT_EQ(again.selections.relu, trace.selections.relu);
  EXPECT_EQ(again.selections.pool, trace.selections.pool);
  for (const auto& [name, map] : trace.values) EXPECT_EQ(again.at(name).values, map.values) << name;
}

TEST_P(ReferenceNetwork, TakesOverTheChoicesItIsGiven) {
  const Trace trace = network_.forward(input_, "maxpool0");
  Selections given;
  given.relu["conv2d0"] = Mask(trace.at("conv2d0").values.size(), 0);
  const Trace silent = network_.forward(input_, "maxpool0", given);
  EXPECT_EQ(silent.at("conv2d0:pre").values, trace.at("conv2d0:pre").values);
  for (const double value : silent.at("conv2d0").values) ASSERT_EQ(value, 0);

  const ObjectiveTerm objective{TermKind::channel, "conv2d0", false, 0, {}, 1};
  const Gradients gradients = network_.backward(silent, objective);
  for (const double value : gradients.input().values) ASSERT_EQ(value, 0);
}

TEST_P(ReferenceNetwork, StopsAtTheLayerAskedFor) {
  const Trace trace = network_.forward(input_, "mixed3a_3x3");
  EXPECT_EQ(trace.at("mixed3a_3x3").c, model_.layer("mixed3a_3x3").k);
  EXPECT_THROW(trace.at("mixed3b"), Error);
  EXPECT_THROW(network_.forward(input_, "mixed3c"), Error);
}

INSTANTIATE_TEST_SUITE_P(Families, ReferenceNetwork,
                         ::testing::Values(Family{"caffe", Padding::caffe, {true, 2, 0.02F, 0.75F, 1}},
                                           Family{"tensorflow", Padding::tf_same, {true, 5, 0.01F, 0.5F, 2}},
                                           Family{"symmetric", Padding::symmetric, {}}),
                         [](const auto& instance) { return std::string(instance.param.name); });

TEST(ReferenceNetworkShapes, AreThoseOfThePaper) {
  const Model model = small_model(Padding::caffe, {});
  const Trace trace = Network(model).forward(random_input(224, 224));
  const std::vector<std::pair<std::string, int>> extents = {
      {"conv2d0", 112}, {"maxpool0", 56}, {"conv2d2", 56},  {"maxpool1", 28},
      {"mixed3a", 28},  {"mixed3b", 28},  {"maxpool4", 14}, {"mixed4e", 14},
      {"maxpool10", 7}, {"mixed5b", 7},   {"logits", 1},    {"softmax", 1}};
  for (const auto& [name, extent] : extents) {
    EXPECT_EQ(trace.at(name).h, extent) << name;
    EXPECT_EQ(trace.at(name).w, extent) << name;
  }
}

}  // namespace
}  // namespace limpid::reference
