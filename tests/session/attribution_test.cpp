// Attribution: exact identities of the network above a layer, and what its certificate promises.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <iterator>
#include <map>
#include <numeric>
#include <random>
#include <tuple>

#include "engine/attribution/attribute.h"
#include "engine/attribution/class_effects.h"
#include "engine/attribution/expanded_weights.h"
#include "engine/attribution/path_integral.h"
#include "engine/attribution/position_pairs.h"
#include "engine/image/network_input.h"
#include "engine/network/layers.h"
#include "engine/session/queries.h"
#include "tests/engine/engine_run.h"
#include "tests/reference/comparison.h"
#include "tests/reference/reference_network.h"
#include "tests/session/session_use.h"
#include "tests/weights/support.h"
#include "weights/synthetic.h"

namespace limpid::attribution_test {
namespace {

using reference::Map;
using reference::relative_l2;
using testing::expect_error;

constexpr int kSide = 64;
constexpr const char* kLayers[] = {"mixed3b", "mixed4d", "mixed5a"};

std::shared_ptr<const Model> model() {
  static const auto instance = std::make_shared<const Model>(synthetic_model("bvlc_googlenet", 5));
  return instance;
}

/// Noise, without the ties of a smooth picture.
Image photo(unsigned seed = 1) {
  return {kSide, kSide, test::noise_pictures({1, 3, kSide, kSide}, seed)};
}

AttributionRequest request(const std::string& layer, GradientPoints points) {
  AttributionRequest asked;
  asked.objective = parse_objective("logits:1 - logits:2", *model());
  asked.layer = layer;
  asked.points = points;
  return asked;
}

double absolute_sum(const std::vector<float>& values) {
  double sum = 0;
  for (const float value : values) sum += std::abs(double{value});
  return sum;
}

/// F(x) = the sum over k of relu(slope_k . x + offset_k), along the ray from zero to x.
class Kinks final : public RayFunction {
 public:
  std::size_t size() const override { return kElements; }

  void evaluate(std::span<const double> t, std::span<double> values,
                std::span<std::vector<float>> slopes) override {
    for (std::size_t i = 0; i < t.size(); ++i) {
      slopes[i].assign(kElements, 0);
      values[i] = 0;
      for (std::size_t k = 0; k < kUnits; ++k) {
        const double pre = t[i] * slope(k) + offset(k);
        if (pre <= 0) continue;
        values[i] += pre;
        for (std::size_t j = 0; j < kElements; ++j) slopes[i][j] += static_cast<float>(share(k, j));
      }
    }
  }

  /// What each element adds from t = 0 to 1: its share of every unit's slope, for as long as the unit is on.
  std::vector<double> exact() const {
    std::vector<double> parts(kElements);
    for (std::size_t k = 0; k < kUnits; ++k) {
      if (slope(k) == 0) continue;
      const double kink = std::clamp(-offset(k) / slope(k), 0.0, 1.0);
      const double on = slope(k) > 0 ? 1 - kink : kink;
      for (std::size_t j = 0; j < kElements; ++j) parts[j] += on * share(k, j);
    }
    return parts;
  }

 private:
  static constexpr std::size_t kElements = 5, kUnits = 40;

  /// Multiples of 1/64, which fp32 holds.
  static double share(std::size_t k, std::size_t j) {
    return (static_cast<double>((k * 37 + j * 11) % 29) - 13) / 64;
  }
  static double slope(std::size_t k) {
    double sum = 0;
    for (std::size_t j = 0; j < kElements; ++j) sum += share(k, j);
    return sum;
  }
  static double offset(std::size_t k) { return -slope(k) * (static_cast<double>(k) + 0.3) / kUnits; }
};

TEST(PathIntegral, MeetsItsBoundAndStatesItsError) {
  Kinks f;
  const std::vector<double> exact = f.exact();
  double last_bound = 1e9;
  for (const double tolerance : {1.0, 1e-1, 1e-2, 1e-3}) {
    const PathIntegral path = integrate_path(f, {tolerance, 4096, false});
    const double change = path.end - path.start;
    EXPECT_LE(path.bound, tolerance);
    EXPECT_LE(path.bound, last_bound);
    EXPECT_LE(std::abs(path.residual), path.bound * std::abs(change) * (1 + 1e-12));
    EXPECT_NEAR(std::accumulate(path.parts.begin(), path.parts.end(), path.residual), change, 1e-12);
    EXPECT_EQ(path.correction, 0);
    last_bound = path.bound;
  }
  const PathIntegral fine = integrate_path(f, {1e-6, 4096, false});
  for (std::size_t j = 0; j < exact.size(); ++j) EXPECT_NEAR(fine.parts[j], exact[j], 1e-4) << j;
}

/// F(t) = t, of very many short pieces, whose slopes are 1, and up to 1/4 more or less.
class Rough final : public RayFunction {
 public:
  std::size_t size() const override { return 1; }

  void evaluate(std::span<const double> t, std::span<double> values,
                std::span<std::vector<float>> slopes) override {
    for (std::size_t i = 0; i < t.size(); ++i) {
      const double at = t[i] == 0x1p-12 ? 0 : t[i];
      const auto slope = static_cast<float>(0.75 + 0.5 * static_cast<double>(generator_()) /
                                                       static_cast<double>(std::minstd_rand::max()));
      values[i] = t[i];
      slopes[i] = {slope};
      places_[at] = slope;
    }
  }

  /// What trapezoids miss in stretches of 1 / `count`: the sum of their absolute values.
  double missed(int count) const {
    std::map<int, double> stretches;
    for (auto right = std::next(places_.begin()); right != places_.end(); ++right) {
      const auto left = std::prev(right);
      const double width = right->first - left->first;
      stretches[static_cast<int>(left->first * count + 1e-9)] +=
          width * (1 - (left->second + right->second) / 2);
    }
    double sum = 0;
    for (const auto& [stretch, residual] : stretches) sum += std::abs(residual);
    return sum;
  }

 private:
  std::minstd_rand generator_;
  std::map<double, double> places_;  ///< The slope at each t.
};

TEST(PathIntegral, NoiseOfTheSlopesCancelsInStretches) {
  Rough f, again;
  const PathIntegral path = integrate_path(f, {1e-6, 256, false});
  EXPECT_EQ(path.gradients, 254);  // Six intervals are halved first.
  EXPECT_NEAR(path.bound, f.missed(12), 1e-12);
  EXPECT_NEAR(std::abs(path.residual), f.missed(1), 1e-12);
  EXPECT_GT(path.bound, std::abs(path.residual));
  EXPECT_LT(path.bound, 0.5 * f.missed(1 << 20));
  EXPECT_EQ(integrate_path(again, {1e-6, 256, false}).parts, path.parts);
}

TEST(PathIntegral, EndsAtTheGradientsItMayTake) {
  Kinks f;
  const PathIntegral path = integrate_path(f, {1e-6, 31, false});
  EXPECT_EQ(path.gradients, 30);  // Six intervals, then eight of those at a time.
  EXPECT_GT(path.bound, 1e-6);
}

/// All of conv2d0.
class Wide final : public RayFunction {
 public:
  std::size_t size() const override { return 802816; }
  void evaluate(std::span<const double>, std::span<double>, std::span<std::vector<float>>) override {
    ADD_FAILURE() << "it begins what does not fit";
  }
};

TEST(PathIntegral, RefusesMoreGradientsThanMemoryHolds) {
  Wide f;
  expect_error(ErrorKind::usage, {"100000 gradients of 802816", "at most 2674"}, [&] {
    integrate_path(f, {1e-6, 100000, false});
  });
}

TEST(PathIntegral, HandsOutWhatItMissed) {
  Kinks f;
  const PathIntegral raw = integrate_path(f, {1, 8, false});
  const PathIntegral path = integrate_path(f, {1, 8, true});
  EXPECT_EQ(path.residual, raw.residual);
  EXPECT_EQ(path.bound, raw.bound);
  EXPECT_GT(path.correction, 0);
  EXPECT_LE(path.correction, path.bound * (1 + 1e-12));
  EXPECT_NEAR(std::accumulate(path.parts.begin(), path.parts.end(), 0.0), path.end - path.start, 1e-12);
  for (std::size_t j = 0; j < path.parts.size(); ++j)
    EXPECT_LE(std::abs(path.parts[j] - raw.parts[j]), path.bound * std::abs(path.end - path.start));
}

/// Above the norms the network is piecewise linear: without biases F(x) = gradient . x.
TEST(Attribution, WithoutBiasesGradientTimesInputIsTheValue) {
  auto unbiased = std::make_shared<Model>(*model());
  for (ConvLayer& layer : unbiased->layers) std::ranges::fill(layer.bias, 0.0F);
  for (const char* layer : kLayers) {
    const Attribution a = attribute(unbiased, photo(), request(layer, GradientPoints::photo));
    EXPECT_EQ(a.baseline_value, 0) << layer;
    EXPECT_LE(std::abs(a.sum() - a.value), 1e-5 * std::abs(a.value)) << layer;
  }
}

/// With them, F(x) = gradient . x + the sum over the layers above of <gradient before the ReLU, bias>.
TEST(Attribution, GradientTimesInputAndTheBiasesAreTheValue) {
  const Image picture = photo();
  const InputScaling scaling = input_scaling(model()->input);
  Map input(3, kSide, kSide);
  for (int c = 0; c < 3; ++c) {
    for (std::size_t p = 0; p < input.plane_size(); ++p)
      input.plane(c)[p] =
          double{std::fma(scaling.scale, picture.rgb[3 * p + static_cast<std::size_t>(scaling.channel[c])],
                          -scaling.mean[c])};
  }
  const reference::Network oracle(*model());
  ExecutorOptions exact;
  exact.translation_exact = true;
  const reference::Trace free = oracle.forward(input, "logits");
  const reference::Trace trace =
      oracle.forward(input, "logits", test::OpenPass(*model(), input, free.selections, exact).choices());
  Map seed = trace.at("logits");
  std::ranges::fill(seed.values, 0.0);
  seed.values[1] = 1;
  seed.values[2] = -1;
  const reference::Gradients gradients = oracle.backward(trace, "logits", seed);

  for (const char* layer : kLayers) {
    double biases = 0;
    const std::vector<std::string> names = layer_names(*model());
    const auto place = [&](const std::string& name) {
      return std::ranges::find(names, name) - names.begin();
    };
    for (const ConvLayer& conv : model()->layers) {
      if (place(conv.name) < place(layer)) continue;
      const Map& gradient = gradients.values.at(conv.name == "logits" ? conv.name : conv.name + ":pre");
      for (int k = 0; k < conv.k; ++k)
        biases += double{conv.bias[static_cast<std::size_t>(k)]} *
                  std::accumulate(gradient.plane(k), gradient.plane(k) + gradient.plane_size(), 0.0);
    }
    const Attribution a = attribute(model(), picture, request(layer, GradientPoints::photo));
    EXPECT_NE(biases, 0);
    EXPECT_LE(std::abs(a.sum() + biases - a.value), 1e-5 * std::abs(a.value)) << layer;
  }
}

TEST(Attribution, CorrectedSumsAreExactAndWithinTheBound) {
  for (const char* layer : kLayers) {
    AttributionRequest asked = request(layer, GradientPoints::path);
    asked.path = {0.05, 64, false};
    const Attribution raw = attribute(model(), photo(), asked);
    asked.path.correct = true;
    const Attribution a = attribute(model(), photo(), asked);
    const double change = a.value - a.baseline_value;
    EXPECT_LE(std::abs(a.sum() - change), 1e-4 * std::abs(change)) << layer;
    EXPECT_LE(a.correction, a.bound * (1 + 1e-6)) << layer;
    EXPECT_EQ(a.bound, raw.bound) << layer;
    EXPECT_EQ(raw.correction, 0) << layer;
    EXPECT_LE(std::abs(raw.residual), raw.bound * std::abs(change)) << layer;
    // Each value is rounded to fp32.
    EXPECT_NEAR(raw.sum() + raw.residual, change, 0x1p-23 * absolute_sum(raw.values)) << layer;
  }
}

TEST(Attribution, PositionsAndChannelsAddUpToTheSame) {
  for (const auto points : {GradientPoints::photo, GradientPoints::path, GradientPoints::around}) {
    AttributionRequest asked = request("mixed4d", points);
    asked.path.most_gradients = 8;
    asked.samples = 3;
    const Attribution a = attribute(model(), photo(), asked);
    EXPECT_EQ(a.channels, 528);
    const std::vector<double> positions = a.by_position(), channels = a.by_channel();
    EXPECT_EQ(positions.size(), static_cast<std::size_t>(a.height * a.width));
    EXPECT_EQ(channels.size(), 528U);
    const double sum = std::accumulate(positions.begin(), positions.end(), 0.0);
    EXPECT_LE(std::abs(sum - std::accumulate(channels.begin(), channels.end(), 0.0)), 1e-6 * std::abs(sum));
    EXPECT_EQ(positions[3], [&] {
      double by_hand = 0;
      for (std::size_t c = 0; c < 528; ++c) by_hand += double{a.values[c * positions.size() + 3]};
      return by_hand;
    }());
  }
}

/// The gradient at a layer, through the layers below it, is the gradient of the pixels.
TEST(Attribution, GradientOfALayerTimesItsJacobianIsThatOfThePixels) {
  const Extents picture{1, 3, kSide, kSide};
  const Image seen = photo();
  const Attribution pixels = attribute(model(), seen, request("", GradientPoints::photo));
  std::vector<float> planes;
  for (std::size_t c = 0; c < 3; ++c) {
    for (std::size_t i = c; i < seen.rgb.size(); i += 3) planes.push_back(seen.rgb[i]);
  }
  for (const char* layer : kLayers) {
    SessionOptions options;
    options.targets = {layer};
    test::SessionUse head(model(), options, picture);
    head.forward(planes);
    const Attribution above = attribute(model(), seen, request(layer, GradientPoints::photo));
    EXPECT_LE(relative_l2(head.backward({above.gradient}), pixels.gradient), 2e-6) << layer;
  }
  for (std::size_t i = 0; i < planes.size(); ++i)
    ASSERT_EQ(pixels.values[i], pixels.gradient[i] * planes[i]) << i;
}

TEST(Attribution, PooledGradientsAreAMeanOverPositions) {
  AttributionRequest asked = request("mixed5b", GradientPoints::photo);
  const Attribution plain = attribute(model(), photo(), asked);
  asked.pooled = true;
  const Attribution cam = attribute(model(), photo(), asked);
  const auto positions = static_cast<std::size_t>(cam.height * cam.width);
  ASSERT_GT(positions, 1U);
  for (std::size_t first = 0; first < cam.gradient.size(); first += positions) {
    double mean = 0;
    for (std::size_t i = 0; i < positions; ++i)
      mean += double{plain.gradient[first + i]} / static_cast<double>(positions);
    for (std::size_t i = 0; i < positions; ++i)
      ASSERT_NEAR(cam.gradient[first + i], mean, 1e-6 * (std::abs(mean) + 1e-6));
  }
}

TEST(Attribution, NoiseIsTheSeeds) {
  AttributionRequest asked = request("mixed5a", GradientPoints::around);
  asked.samples = 9;  // A batch, and one more.
  const Attribution first = attribute(model(), photo(), asked);
  EXPECT_EQ(attribute(model(), photo(), asked).values, first.values);
  asked.seed = 1;
  EXPECT_NE(attribute(model(), photo(), asked).values, first.values);
  // Little of it is as good as none, but for near ties and units about to turn on.
  asked.deviation = 1e-9;
  const std::vector<float> plain =
      attribute(model(), photo(), request("mixed5a", GradientPoints::photo)).values;
  EXPECT_LE(relative_l2(attribute(model(), photo(), asked).values, plain), 0.02);
  EXPECT_GT(relative_l2(first.values, plain), 0.05);
}

TEST(Attribution, BaselinesArePicturesThroughTheSameLayers) {
  AttributionRequest asked = request("mixed5a", GradientPoints::photo);
  asked.baseline = {AttributionBaseline::Kind::photo, photo(2)};
  const Attribution other = attribute(model(), photo(), asked);
  const Attribution reversed = attribute(model(), photo(2), request("mixed5a", GradientPoints::photo));
  EXPECT_EQ(other.baseline_value, reversed.value);
  const std::vector<float> a = activations(*model(), photo(), "mixed5a").values;
  const std::vector<float> b = activations(*model(), photo(2), "mixed5a").values;
  for (std::size_t i = 0; i < a.size(); ++i)
    ASSERT_EQ(other.values[i], static_cast<float>(double{other.gradient[i]} * (double{a[i]} - double{b[i]})));

  // The mean colour is what the network sees as zero: F there is that of an input of zeros.
  asked.baseline = {AttributionBaseline::Kind::mean, {}};
  asked.layer = "";
  const Attribution gray = attribute(model(), photo(), asked);
  Image mean{kSide, kSide, {}};
  for (int i = 0; i < kSide * kSide; ++i) {
    for (const int c : {2, 1, 0}) mean.rgb.push_back(model()->input.mean[static_cast<std::size_t>(c)] / 255);
  }
  ASSERT_EQ(model()->input.order, ChannelOrder::bgr);
  EXPECT_EQ(gray.baseline_value, input_gradient(*model(), mean, asked.objective).value);
}

TEST(Attribution, RefusesWhatMakesNoSense) {
  const auto refused = [](std::initializer_list<std::string_view> parts, const AttributionRequest& asked) {
    expect_error(ErrorKind::usage, parts, [&] { attribute(model(), photo(), asked); });
  };
  AttributionRequest asked = request("mixed4d", GradientPoints::path);
  asked.objective = parse_objective("mixed4a:1", *model());
  refused({"mixed4a", "not computed from mixed4d"}, asked);
  asked = request("mixed4d_3x3", GradientPoints::path);
  refused({"mixed4d_3x3"}, asked);
  asked = request("mixed4d", GradientPoints::path);
  asked.path.tolerance = 0;
  refused({"tolerance of 0", "0.000001 to 1"}, asked);
  asked = request("mixed4d", GradientPoints::path);
  asked.path.most_gradients = 7;
  refused({"at most 7 gradients", "8 to"}, asked);
  asked = request("mixed4d", GradientPoints::path);
  asked.baseline = {AttributionBaseline::Kind::photo, Image{2, 3, std::vector<float>(18)}};
  refused({"2x3", "64x64"}, asked);
  asked.baseline.photo = photo();
  refused({"no difference to explain"}, asked);
}

TEST(PositionPairs, AreProductsOneByOneWhateverTheBatch) {
  const Image seen = photo();
  const PositionPairs one = attribute_positions(model(), seen, "mixed5a", "mixed4d", {}, 1);
  EXPECT_EQ(one.upper_height * one.upper_width, 4);
  EXPECT_EQ(one.lower_height * one.lower_width, 16);
  for (const int batch : {2, 3, 8}) {
    const PositionPairs together = attribute_positions(model(), seen, "mixed5a", "mixed4d", {}, batch);
    EXPECT_EQ(together.values, one.values) << batch;
    EXPECT_EQ(together.lengths, one.lengths) << batch;
  }

  SessionOptions options;
  options.targets = {"mixed5a"};
  options.start = "mixed4d";
  const Activations below = activations(*model(), seen, "mixed4d");
  const Extents map{1, below.channels, below.height, below.width};
  test::SessionUse tail(model(), options, map);
  const std::vector<float> above = tail.forward(below.values).front();
  for (std::size_t p = 0; p < 4; ++p) {
    double squares = 0;
    for (std::size_t i = p; i < above.size(); i += 4) squares += double{above[i]} * double{above[i]};
    EXPECT_EQ(one.lengths[p], static_cast<float>(std::sqrt(squares)));
    std::vector<float> cotangent(above.size());
    for (std::size_t i = p; i < above.size(); i += 4)
      cotangent[i] = static_cast<float>(above[i] / std::sqrt(squares));
    const std::vector<float> gradient = tail.backward({cotangent});
    for (std::size_t q = 0; q < 16; ++q) {
      double sum = 0;
      for (std::size_t i = q; i < gradient.size(); i += 16)
        sum += double{below.values[i]} * double{gradient[i]};
      EXPECT_EQ(one.values[p * 16 + q], static_cast<float>(sum)) << p << ' ' << q;
    }
  }
}

TEST(ExpandedWeights, OfAConvolutionAreItsFilter) {
  // 3x3 and 5x5 go through Winograd's transform, which rounds.
  for (const auto& [upper, lower, error] :
       {std::tuple("mixed3a_1x1", "maxpool1", 0.0F), std::tuple("conv2d2", "conv2d1", 1e-6F),
        std::tuple("mixed4a_5x5", "mixed4a_5x5_bottleneck", 1e-6F)}) {
    const ConvLayer& layer = model()->layer(upper);
    const ExpandedWeights weights = expanded_weights(model(), upper, 5, lower);
    ASSERT_EQ(weights.channels, layer.c);
    ASSERT_EQ(weights.height, layer.size);
    ASSERT_EQ(weights.width, layer.size);
    const float most = std::ranges::max(weights.values);
    const float* filter = layer.filter.data() + 5 * weights.values.size();
    for (std::size_t i = 0; i < weights.values.size(); ++i)
      ASSERT_NEAR(weights.values[i], filter[i], error * most) << upper << ' ' << i;
    const ExpandedWeights middle = centre_of(weights, 1);
    ASSERT_EQ(middle.values.size(), static_cast<std::size_t>(layer.c));
    const int half = layer.size / 2;
    const int at = (3 * layer.size + half) * layer.size + half;
    EXPECT_EQ(middle.values[3], weights.values[static_cast<std::size_t>(at)]);
    EXPECT_EQ(centre_of(weights, 99).values, weights.values);
  }
}

/// A pool lies between: each of its pixels has the same part of a 1x1 filter.
TEST(ExpandedWeights, SpreadOverThePoolBetweenModules) {
  const ExpandedWeights weights = expanded_weights(model(), "mixed4a", 7, "mixed3b");
  const ConvLayer& layer = model()->layer("mixed4a_1x1");
  ASSERT_EQ(weights.channels, layer.c);
  ASSERT_EQ(weights.height, 3);
  ASSERT_EQ(weights.width, 3);
  const std::vector<double> lengths = weights.lengths();
  for (std::size_t i = 0; i < weights.values.size(); ++i) {
    const float weight = layer.filter[7 * static_cast<std::size_t>(layer.c) + i / 9] / 9;
    ASSERT_NEAR(weights.values[i], weight, 1e-6 * std::abs(weight)) << i;
    ASSERT_NEAR(lengths[i / 9], 3 * std::abs(weight), 4e-6 * std::abs(weight)) << i;
  }
}

/// The mean over the whole map lies between: each of its positions has the same part of the classifier's row.
TEST(ExpandedWeights, OfLogitsAreThoseAtTheWholeMap) {
  const ExpandedWeights weights = expanded_weights(model(), "logits", 3, "mixed5b");
  ASSERT_EQ(weights.channels, 1024);
  ASSERT_EQ(weights.height, 7);
  ASSERT_EQ(weights.width, 7);
  const ConvLayer& layer = model()->layer("logits");
  for (std::size_t i = 0; i < weights.values.size(); ++i) {
    const float weight = layer.filter[3 * static_cast<std::size_t>(layer.c) + i / 49] / 49;
    ASSERT_NEAR(weights.values[i], weight, 1e-6 * std::abs(weight)) << i;
  }
}

TEST(ExpandedWeights, RefuseWhatIsNotBetween) {
  expect_error(ErrorKind::usage, {"mixed3b", "not computed from mixed4a"},
               [] { expanded_weights(model(), "mixed3b", 1, "mixed4a"); });
  expect_error(ErrorKind::usage, {"channel 512", "0 to 511"},
               [] { expanded_weights(model(), "mixed4a", 512, "mixed3b"); });
}

/// Nine positions: a batch, and one more. Class by class they are products with the Jacobian from the other side.
TEST(ClassEffects, AreGradientTimesInputOfEveryLogit) {
  Activations map = activations(*model(), photo(), "mixed5a");
  map.height = map.width = 3;
  map.values = test::noise({1, map.channels, 3, 3}, 4);
  for (float& value : map.values) value = std::max(value * 30, 0.0F);
  const std::vector<float> effects = class_effects(model(), "mixed5a", map);
  ASSERT_EQ(effects.size(), 9000U);
  SessionOptions options;
  options.targets = {"logits"};
  options.start = "mixed5a";
  test::SessionUse tail(model(), options, {1, map.channels, 3, 3});
  tail.forward(map.values);
  for (const std::size_t k : {0U, 7U, 999U}) {
    std::vector<float> cotangent(1000);
    cotangent[k] = 1;
    const std::vector<float> gradient = tail.backward({cotangent});
    std::vector<double> expected(9);
    std::vector<float> actual;
    for (std::size_t i = 0; i < gradient.size(); ++i)
      expected[i % 9] += double{gradient[i]} * double{map.values[i]};
    for (std::size_t p = 0; p < 9; ++p) actual.push_back(effects[p * 1000 + k]);
    EXPECT_LE(relative_l2(actual, expected), 1e-6) << k;
  }
}

}  // namespace
}  // namespace limpid::attribution_test
