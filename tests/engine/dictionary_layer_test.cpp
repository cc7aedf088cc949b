// Dictionaries as layers: features and their gradients against the formula of the encoder in double precision.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <memory>
#include <numeric>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/engine/planned_network.h"
#include "weights/append_layer.h"
#include "weights/synthetic.h"

namespace limpid::dictionary_layer_test {
namespace {

using testing::PlannedNetwork;

constexpr int kFeatures = 20;
constexpr int kKept = 3;
constexpr int kHeight = 4, kWidth = 3, kPixels = kHeight * kWidth;

struct Kind {
  const char* name;
  const char* reads;
  bool pre_relu;
  ReluGate gate;
};

void PrintTo(const Kind& kind, std::ostream* out) {
  *out << kind.name;
}

double relative_l2(const std::vector<float>& a, const std::vector<double>& b) {
  double difference = 0, norm = 0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    difference += (double{a[i]} - b[i]) * (double{a[i]} - b[i]);
    norm += b[i] * b[i];
  }
  return std::sqrt(difference / norm);
}

class DictionaryLayer : public ::testing::TestWithParam<Kind> {
 protected:
  DictionaryLayer() {
    const Kind& kind = GetParam();
    inputs_ = channels_of(model_.network, model_, model_.network.find(kind.reads));
    layer_ = {kind.reads, true, {"features", kFeatures, inputs_, 1, {}, {}}, {kind.gate, 0}, kind.pre_relu};
    if (kind.gate == ReluGate::top_k) layer_.gated.kept = kKept;
    for (int i = 0; i < kFeatures * inputs_; ++i) layer_.conv.filter.push_back(0.1F * noise());
    for (int i = 0; i < kFeatures; ++i) {
      layer_.conv.bias.push_back(0.1F * noise());
      if (kind.gate == ReluGate::threshold) layer_.conv.threshold.push_back(0.7F + noise());
    }
    append_layer(model_, layer_, "test");
  }

  float noise() { return normal_(random_); }

  /// The encoder before its activation, of the values it reads (inputs x pixels).
  std::vector<double> linear(const std::vector<float>& x) const {
    const auto pixels = x.size() / static_cast<std::size_t>(inputs_);
    std::vector<double> z;
    for (std::size_t feature = 0; feature < kFeatures; ++feature) {
      for (std::size_t p = 0; p < pixels; ++p) {
        double sum = layer_.conv.bias[feature];
        for (std::size_t c = 0; c < static_cast<std::size_t>(inputs_); ++c) {
          sum += double{layer_.conv.filter[feature * static_cast<std::size_t>(inputs_) + c]} *
                 double{x[c * pixels + p]};
        }
        z.push_back(sum);
      }
    }
    return z;
  }

  /// Which features are on.
  std::vector<bool> active(const std::vector<double>& z) const {
    const std::size_t pixels = z.size() / kFeatures;
    std::vector<bool> on(z.size());
    for (std::size_t p = 0; p < pixels; ++p) {
      std::vector<std::size_t> order(kFeatures);
      std::iota(order.begin(), order.end(), std::size_t{0});
      if (layer_.gated.gate == ReluGate::top_k) {
        std::stable_sort(order.begin(), order.end(),
                         [&](std::size_t a, std::size_t b) { return z[a * pixels + p] > z[b * pixels + p]; });
        order.resize(kKept);
      }
      for (const std::size_t feature : order) {
        const double value = z[feature * pixels + p];
        const bool above = layer_.conv.threshold.empty() || value > double{layer_.conv.threshold[feature]};
        on[feature * pixels + p] = value > 0 && above;
      }
    }
    return on;
  }

  std::vector<double> features(const std::vector<float>& x) const {
    std::vector<double> y = linear(x);
    const std::vector<bool> on = active(y);
    for (std::size_t i = 0; i < y.size(); ++i) {
      if (!on[i]) y[i] = 0;
    }
    return y;
  }

  TargetRequest reads() const { return {GetParam().reads, GetParam().pre_relu, {}}; }

  Model model_ = synthetic_model("inception5h", 3);
  std::mt19937 random_{11};
  std::normal_distribution<float> normal_;
  int inputs_ = 0;
  AppendedLayer layer_;
};

/// Beside what it reads and what it is before its activation, all computed in one pass; and one feature alone, for which
/// a TopK has to look at all.
TEST_P(DictionaryLayer, FeaturesAreTheEncoders) {
  constexpr int size = 80;
  std::vector<float> picture(std::size_t{3} * size * size);
  for (float& value : picture) value = 40 * noise();
  const Planar<const float> planes{picture.data(), 1, 3, size, size};
  PlannedNetwork all(model_,
                     {{reads(), {"features", true, {}}, {"features", false, {}}}, size, size, 1, false});
  all->set_input(planes);
  all->forward();
  const std::vector<float> x = all->download_target(0, 0);
  const std::vector<double> expected = features(x);
  const auto on = std::count_if(expected.begin(), expected.end(), [](double y) { return y > 0; });
  EXPECT_GT(on, 0);
  EXPECT_LT(on, std::ssize(expected));
  EXPECT_LE(relative_l2(all->download_target(1, 0), linear(x)), 1e-6);
  const std::vector<float> together = all->download_target(2, 0);
  EXPECT_LE(relative_l2(together, expected), 1e-6);
  for (std::size_t i = 0; i < expected.size(); ++i) EXPECT_EQ(together[i] > 0, expected[i] > 0) << i;

  const std::size_t pixels = expected.size() / kFeatures;
  const auto largest = std::max_element(expected.begin(), expected.end()) - expected.begin();
  const auto feature = static_cast<std::size_t>(largest) / pixels;
  PlannedNetwork alone(model_, {{{"features", false, {static_cast<int>(feature)}}}, size, size, 1, false});
  alone->set_input(planes);
  alone->forward();
  const std::vector<float> one = alone->download_target(0, 0);
  const auto row = [&](const auto& values) {
    const auto first = values.begin() + static_cast<std::ptrdiff_t>(feature * pixels);
    return std::vector(first, first + static_cast<std::ptrdiff_t>(pixels));
  };
  EXPECT_LE(relative_l2(row(one), row(expected)), 1e-6);
}

/// Of those after a ReLU, with which a pass can begin.
class DictionaryStart : public DictionaryLayer {};

/// Of what it reads: where a feature is on, the gradient passes through its row of the encoder.
TEST_P(DictionaryStart, GradientsAreTheEncoders) {
  std::vector<float> x(static_cast<std::size_t>(inputs_ * kPixels));
  for (float& value : x) value = std::max(noise(), 0.0F);
  std::vector<float> given(std::size_t{kFeatures} * kPixels);
  for (float& value : given) value = noise();
  TargetRequest target{"features", false, {}};
  target.given_gradient = true;
  PlanRequest request{{target}, kHeight, kWidth, 1, true};
  request.start = GetParam().reads;
  PlannedNetwork pass(model_, request);
  pass->set_start(0, x);
  pass->forward();
  pass->set_given_gradient(0, 0, given);
  pass->backward();

  const std::vector<bool> on = active(linear(x));
  std::vector<double> expected(x.size());
  for (std::size_t feature = 0; feature < kFeatures; ++feature) {
    for (std::size_t p = 0; p < kPixels; ++p) {
      if (!on[feature * kPixels + p]) continue;
      for (std::size_t c = 0; c < static_cast<std::size_t>(inputs_); ++c) {
        expected[c * kPixels + p] +=
            double{layer_.conv.filter[feature * static_cast<std::size_t>(inputs_) + c]} *
            double{given[feature * kPixels + p]};
      }
    }
  }
  EXPECT_LE(relative_l2(pass->start_gradient(0), expected), 2e-6);
}

/// The gradient at the picture is that of the layer it reads, times the encoder's: in two passes and in one.
TEST_P(DictionaryLayer, GradientsReachThePicture) {
  constexpr int size = 48;
  std::vector<float> picture(std::size_t{3} * size * size);
  for (float& value : picture) value = 40 * noise();
  const Planar<const float> planes{picture.data(), 1, 3, size, size};
  const auto gradient_of = [&](TargetRequest target, const std::vector<float>& given) {
    target.given_gradient = true;
    PlannedNetwork pass(model_, {{target}, size, size, 1, true});
    pass->set_input(planes);
    pass->forward();
    pass->set_given_gradient(0, 0, given);
    pass->backward();
    std::vector<float> gradient(picture.size());
    pass->get_input_gradient({gradient.data(), 1, 3, size, size});
    return std::pair(gradient, pass->download_target(0, 0));
  };
  PlannedNetwork look(model_, {{reads()}, size, size, 1, false});
  look->set_input(planes);
  look->forward();
  const std::vector<float> x = look->download_target(0, 0);
  const std::size_t pixels = x.size() / static_cast<std::size_t>(inputs_);
  std::vector<float> given(kFeatures * pixels);
  for (float& value : given) value = noise();
  const std::vector<float> whole = gradient_of({"features", false, {}}, given).first;

  const std::vector<bool> on = active(linear(x));
  std::vector<float> back(x.size());
  for (std::size_t c = 0; c < static_cast<std::size_t>(inputs_); ++c) {
    for (std::size_t p = 0; p < pixels; ++p) {
      double sum = 0;
      for (std::size_t feature = 0; feature < kFeatures; ++feature) {
        if (!on[feature * pixels + p]) continue;
        sum += double{layer_.conv.filter[feature * static_cast<std::size_t>(inputs_) + c]} *
               double{given[feature * pixels + p]};
      }
      back[c * pixels + p] = static_cast<float>(sum);
    }
  }
  const std::vector<float> parts = gradient_of(reads(), back).first;
  EXPECT_LE(relative_l2(whole, std::vector<double>(parts.begin(), parts.end())), 2e-6);
}

constexpr Kind kKinds[] = {{"relu", "mixed3a", false, ReluGate::open},
                           {"top_k", "mixed3a", false, ReluGate::top_k},
                           {"jump_relu", "mixed3a", false, ReluGate::threshold},
                           {"top_k_of_a_pool", "maxpool0", false, ReluGate::top_k},
                           {"top_k_of_a_branch", "mixed3a_3x3", false, ReluGate::top_k}};
constexpr Kind kKindsBeforeRelu[] = {
    {"jump_relu_before_a_relu", "mixed3a_3x3", true, ReluGate::threshold},
    {"top_k_before_a_relu", "mixed3a_5x5_bottleneck", true, ReluGate::top_k}};

std::string name_of(const ::testing::TestParamInfo<Kind>& kind) {
  return kind.param.name;
}

INSTANTIATE_TEST_SUITE_P(Kinds, DictionaryStart, ::testing::ValuesIn(kKinds), name_of);
INSTANTIATE_TEST_SUITE_P(Kinds, DictionaryLayer, ::testing::ValuesIn(kKinds), name_of);
INSTANTIATE_TEST_SUITE_P(BeforeRelu, DictionaryLayer, ::testing::ValuesIn(kKindsBeforeRelu), name_of);

}  // namespace
}  // namespace limpid::dictionary_layer_test
