// A network that is no InceptionV1, from its nodes alone: passes against their definitions, and a render.
#include <gtest/gtest.h>

#include <cmath>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "engine/limpid.hpp"
#include "kernels/core/error.h"
#include "tests/reference/comparison.h"
#include "tests/reference/reference_ops.h"
#include "tests/session/session_use.h"

namespace limpid::other_network_test {
namespace {

using test::noise;
using test::noise_pictures;
using test::SessionUse;
namespace r = limpid::reference;

const ComputeOptions kCpu{"cpu", Precision::fp32, 1};
constexpr int kHeight = 20, kWidth = 23;
constexpr Extents kPicture{1, 3, kHeight, kWidth};

ConvLayer layer(const std::string& name, int k, int c, int size, unsigned seed) {
  std::mt19937 random(seed);
  std::normal_distribution<float> normal(0, 1.2F / std::sqrt(static_cast<float>(c * size * size)));
  ConvLayer result{name, k, c, size, {}, {}};
  for (int i = 0; i < k * c * size * size; ++i) result.filter.push_back(normal(random));
  for (int i = 0; i < k; ++i) result.bias.push_back(normal(random));
  return result;
}

/// Three layers deep: "edges" (5x5, stride 2), a pool, "both" of a 1x1 and a 3x3 convolution, the classes of its mean.
std::shared_ptr<const Model> model() {
  constexpr Padding padding = Padding::symmetric;
  auto model = std::make_shared<Model>();
  model->network.nodes = {
      {"picture", {}, PictureNode{}, {}},
      {"", {}, ConvNode{"edges", 5, 2, padding}, {0}},
      {"edges", {}, ReluNode{}, {1}},
      {"pooled", {}, MaxPoolNode{2, 2, padding}, {2}},
      {"", {}, ConvNode{"points", 1, 1, padding}, {3}},
      {"points", {}, ReluNode{}, {4}},
      {"", {}, ConvNode{"squares", 3, 1, padding}, {3}},
      {"squares", {}, ReluNode{}, {6}},
      {"both", {}, ConcatNode{}, {5, 7}},
      {"mean", {}, AveragePoolNode{}, {8}},
      {"votes", {}, ConvNode{"votes", 1, 1, padding}, {9}},
      {"chances", {}, SoftmaxNode{}, {10}},
  };
  model->network.logits = 10;
  model->layers = {layer("edges", 10, 3, 5, 1), layer("points", 6, 10, 1, 2), layer("squares", 5, 10, 3, 3),
                   layer("votes", 4, 11, 1, 4)};
  return model;
}

r::Map map_of(const std::vector<float>& values, int c, int h, int w) {
  r::Map map(c, h, w);
  map.values.assign(values.begin(), values.end());
  return map;
}

/// A convolution and its ReLU.
struct Rectified {
  Rectified(const r::Map& x, const ConvLayer& layer, int stride)
      : sliding(r::slide_conv(Padding::symmetric, x.h, x.w, layer.size, stride)),
        linear(r::conv_fprop(x, layer, sliding)),
        mask(r::positive_mask(linear)),
        y(r::masked(linear, mask)) {}

  r::Map vjp(const r::Map& dy, const r::Map& x, const ConvLayer& layer) const {
    return r::conv_dgrad(r::masked(dy, mask), layer, sliding, x.h, x.w);
  }

  r::Sliding sliding;
  r::Map linear;
  r::Mask mask;
  r::Map y;
};

TEST(OtherNetwork, PassesAreThoseOfItsNodes) {
  const std::shared_ptr<const Model> network = model();
  SessionOptions options;
  options.targets = {"both", "votes"};
  options.compute = kCpu;
  options.unit = PictureUnit::network;
  SessionUse session(network, options, kPicture);
  const std::vector<float> picture = noise_pictures(kPicture, 5);
  const std::vector<std::vector<float>> values = session.forward(picture);

  r::Map x = map_of(picture, 3, kHeight, kWidth);
  for (double& value : x.values) value *= 255;
  const Rectified edges(x, network->layers[0], 2);
  const r::Sliding pool = r::slide_pool(Padding::symmetric, edges.y.h, edges.y.w, 2, 2);
  const r::Argmax argmax = r::max_pool_argmax(edges.y, pool);
  const r::Map pooled = r::max_pool(edges.y, argmax, pool);
  const Rectified points(pooled, network->layers[1], 1), squares(pooled, network->layers[2], 1);
  const r::Map both = r::concatenate({&points.y, &squares.y});
  const r::Map mean = r::global_average(both);
  const ConvLayer& head = network->layers[3];
  const r::Sliding single = r::slide_conv(Padding::symmetric, 1, 1, 1, 1);
  EXPECT_LE(r::relative_l2(values[0], both.values), 1e-6);
  EXPECT_LE(r::relative_l2(values[1], r::conv_fprop(mean, head, single).values), 1e-6);

  const std::vector<float> on_both = noise(session.target(0), 6), on_votes = noise(session.target(1), 7);
  r::Map d_both = map_of(on_both, 11, both.h, both.w);
  r::accumulate(d_both, r::global_average_vjp(r::conv_dgrad(map_of(on_votes, 4, 1, 1), head, single, 1, 1),
                                              both.h, both.w));
  r::Map d_pooled = points.vjp(r::slice(d_both, 0, 6), pooled, network->layers[1]);
  r::accumulate(d_pooled, squares.vjp(r::slice(d_both, 6, 5), pooled, network->layers[2]));
  const r::Map d_edges = r::max_pool_vjp(d_pooled, argmax, edges.y.h, edges.y.w);
  const r::Map dx = edges.vjp(d_edges, x, network->layers[0]);
  EXPECT_LE(r::relative_l2(session.backward({on_both, on_votes}), dx.values), 2e-6);
}

TEST(OtherNetwork, IsRendered) {
  const std::shared_ptr<const Model> network = model();
  RenderOptions options;
  options.objective = parse_objective("both:3 + 0.1*votes:2", *network);
  options.height = 24;
  options.width = 24;
  options.steps = 6;
  options.compute = kCpu;
  const RenderResult result = render(*network, options);
  EXPECT_GT(result.objective.back(), result.objective.front());
  EXPECT_EQ(describe_layers(*network, kHeight, kWidth).size(), network->network.layer_names().size());
}

TEST(OtherNetwork, ItsLayersAreNotInceptions) {
  SessionOptions options;
  options.targets = {"mixed3a"};
  options.compute = kCpu;
  try {
    Session(model(), options);
    FAIL();
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "unknown layer 'mixed3a' ('limpid layers' lists them all)");
  }
}

}  // namespace
}  // namespace limpid::other_network_test
