// Gradients of the network on a GPU. A gradient is a smooth function of its rounding only as long as no near-tie of a ReLU or a
// max-pool falls the other way, and in 16 bits many do. So they are judged twice: strictly, against double precision along the
// device's own choices, where nothing but rounding is left; and end to end, against the CPU, by what rounding does to choices.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <map>
#include <random>
#include <string>
#include <vector>

#include "engine/image/network_input.h"
#include "kernels/core/dtype.h"
#include "kernels/cuda_library.h"
#include "tests/engine/engine_run.h"
#include "tests/gpu/parity_case.h"
#include "tests/reference/comparison.h"
#include "tests/reference/reference_network.h"
#include "tests/session/session_use.h"

namespace limpid::gradient_parity_test {
namespace {

using reference::Map;
using reference::relative_l2;
using reference::Selections;
using test::parity_case;
using test::SessionUse;

/// Relative errors in L2. In tf32, fp16 and bf16 twice the largest that tests/gpu/emulated_rounding.py finds over the layers below,
/// three pictures of 96 x 96 and the weights of BVLC (limpid's own stay below), which are
///
///              values   along    free    cosine
///     tf32     1.2e-3   7.6e-4   0.076   0.997
///     fp16     1.7e-3   6.7e-4   0.089   0.996
///     bf16     1.4e-2   5.2e-3   0.23    0.975
///
/// where an error e leaves a cosine of 1 - e^2 / 2. In fp32 sums come in another order than the CPU's, and through Winograd there:
/// 1e-5 as the CPU's own tests have it (executor_test.cpp); end to end two fp32 programs differ by up to 3e-3.
struct Gates {
  Precision precision;
  double values;  ///< Of a layer, along the device's choices up to it.
  double along;   ///< Of the picture's gradient, along them.
  double free;    ///< Of the picture's gradient, between choices of two precisions: the median over pictures.
  double cosine;  ///< The least cosine between those two.
};

void PrintTo(const Gates& gates, std::ostream* out) {
  *out << to_string(gates.precision);
}

constexpr const char* kLayers[] = {"conv2d0", "conv2d2", "mixed3a", "mixed3b", "mixed4a", "mixed4b",
                                   "mixed4c", "mixed4d", "mixed4e", "mixed5a", "mixed5b"};

float rounded(float value, Precision precision) {
  if (precision == Precision::fp16) return to_f32(from_f32<f16>(value));
  if (precision == Precision::bf16) return to_f32(from_f32<bf16>(value));
  return value;
}

/// The weights as a device of that precision has them.
Model rounded_model(const Model& model, Precision precision) {
  Model result = model;
  for (ConvLayer& layer : result.layers) {
    for (float& value : layer.filter) value = rounded(value, precision);
    for (float& value : layer.bias) value = rounded(value, precision);
  }
  return result;
}

/// Between 0 and 1/256, so that fp16 holds their sums 4096-fold; exact in every precision.
std::vector<float> cotangent(const Extents& extents, unsigned seed) {
  std::mt19937 random(seed);
  std::vector<float> values(test::count_of(extents));
  for (float& value : values) value = static_cast<float>(random() % 128) * 0x1p-15F;
  return values;
}

class GradientsOnGpu : public ::testing::TestWithParam<Gates> {
 protected:
  void SetUp() override {
    if (!cuda_library::answers()) GTEST_SKIP() << "no usable CUDA driver, device or library";
  }
  static SessionOptions options(std::vector<std::string> targets, const ComputeOptions& compute) {
    SessionOptions result;
    result.targets = std::move(targets);
    result.unit = PictureUnit::network;
    result.compute = compute;
    return result;
  }
  /// For the report of tools/gpu-check, which reads such lines.
  static void note_measured(const std::string& what, double value) {
    std::printf("[ MEASURED ] %s %s: %.3g\n", to_string(GetParam().precision).c_str(), what.c_str(), value);
  }
  static ComputeOptions gpu() { return {"cuda", GetParam().precision, 0}; }
  static ComputeOptions cpu() { return {"cpu", Precision::fp32, 0}; }
};

/// What the network of a model sees of a picture (1 x 3 x h x w), rounded as it is stored.
Map network_input(const Model& model, const std::vector<float>& picture, const Extents& e,
                  Precision precision) {
  const InputScaling scaling = input_scaling(model.input);
  Map map(3, static_cast<int>(e[2]), static_cast<int>(e[3]));
  for (int c = 0; c < 3; ++c) {
    for (std::size_t p = 0; p < map.plane_size(); ++p) {
      const float value = picture[static_cast<std::size_t>(scaling.channel[c]) * map.plane_size() + p];
      map.plane(c)[p] = double{rounded(std::fma(scaling.scale, value, -scaling.mean[c]), precision)};
    }
  }
  return map;
}

/// A gradient by the network's input in the order of the picture's channels.
std::vector<double> in_picture_order(const Model& model, const Map& gradient) {
  const InputScaling scaling = input_scaling(model.input);
  std::vector<double> result(gradient.values.size());
  for (int c = 0; c < 3; ++c) {
    std::copy_n(gradient.plane(c), gradient.plane_size(),
                result.begin() + static_cast<std::ptrdiff_t>(static_cast<std::size_t>(scaling.channel[c]) *
                                                             gradient.plane_size()));
  }
  return result;
}

TEST_P(GradientsOnGpu, AgreeWithDoublePrecisionAlongTheDevicesOwnChoices) {
  const test::ParityCase& on = parity_case();
  const Extents extents{1, 3, on.height, on.width};
  const std::vector<float> picture = test::noise_pictures(extents, 3);
  const Model exact = rounded_model(*on.model, GetParam().precision);
  const reference::Network oracle(exact);
  const Map input = network_input(exact, picture, extents, GetParam().precision);
  const Selections layers = oracle.forward(input, "mixed5b").selections;

  std::vector<std::string> targets = test::layers_that_show(exact, layers);
  for (const char* layer : kLayers) {
    if (std::find(targets.begin(), targets.end(), layer) == targets.end()) targets.push_back(layer);
  }
  SessionUse device(on.model, options(targets, gpu()), extents);
  const auto values = device.forward(picture);
  const auto index_of = [&](const std::string& name) {
    return static_cast<std::size_t>(std::find(targets.begin(), targets.end(), name) - targets.begin());
  };
  const Selections chosen = test::choices_of(exact, layers, [&](const std::string& name) {
    const Extents e = device.target(static_cast<int>(index_of(name)));
    Map map(static_cast<int>(e[1]), static_cast<int>(e[2]), static_cast<int>(e[3]));
    std::copy(values[index_of(name)].begin(), values[index_of(name)].end(), map.values.begin());
    return map;
  });
  const reference::Trace trace = oracle.forward(input, "mixed5b", chosen);
  for (const char* layer : kLayers) {
    const std::size_t at = index_of(layer);
    const double value_error = relative_l2(values[at], trace.at(layer).values);
    std::vector<std::vector<float>> cotangents(targets.size());
    cotangents[at] = cotangent(device.target(static_cast<int>(at)), 7);
    Map seed = trace.at(layer);
    std::copy(cotangents[at].begin(), cotangents[at].end(), seed.values.begin());
    const double error = relative_l2(device.backward(cotangents),
                                     in_picture_order(exact, oracle.backward(trace, layer, seed).input()));
    note_measured(std::string(layer) + " values", value_error);
    note_measured(std::string(layer) + " along", error);
    EXPECT_LE(value_error, GetParam().values) << layer;
    EXPECT_LE(error, GetParam().along) << layer;
  }
}

double cosine(const float* a, const float* b, std::size_t count) {
  double product = 0, of_a = 0, of_b = 0;
  for (std::size_t i = 0; i < count; ++i) {
    product += double{a[i]} * double{b[i]};
    of_a += double{a[i]} * double{a[i]};
    of_b += double{b[i]} * double{b[i]};
  }
  return product / std::sqrt(of_a * of_b);
}

/// Of several pictures the middle one is judged: which near-ties there are is chance.
TEST_P(GradientsOnGpu, AreNearTheCpusEndToEnd) {
  const test::ParityCase& on = parity_case();
  constexpr std::int64_t kPictures = 5;
  const Extents extents{kPictures, 3, on.height, on.width};
  const std::vector<float> pictures = test::noise_pictures(extents, 5);
  const std::vector<std::string> targets(std::begin(kLayers), std::end(kLayers));
  SessionUse device(on.model, options(targets, gpu()), extents),
      host(on.model, options(targets, cpu()), extents);
  device.forward(pictures);
  host.forward(pictures);
  for (std::size_t at = 0; at < targets.size(); ++at) {
    std::vector<std::vector<float>> cotangents(targets.size());
    cotangents[at] = cotangent(device.target(static_cast<int>(at)), 11);
    const std::vector<float> actual = device.backward(cotangents), expected = host.backward(cotangents);
    const std::size_t each = actual.size() / kPictures;
    std::vector<double> errors;
    double least = 1;
    for (std::size_t i = 0; i < kPictures; ++i) {
      const auto begin = static_cast<std::ptrdiff_t>(i * each),
                 end = begin + static_cast<std::ptrdiff_t>(each);
      errors.push_back(relative_l2(std::vector<float>(actual.begin() + begin, actual.begin() + end),
                                   std::vector<float>(expected.begin() + begin, expected.begin() + end)));
      const double angle = cosine(actual.data() + begin, expected.data() + begin, each);
      least = angle >= least ? least : angle;  // A NaN stays.
    }
    std::sort(errors.begin(), errors.end());
    note_measured(targets[at] + " free", errors[kPictures / 2]);
    note_measured(targets[at] + " cosine", least);
    EXPECT_LE(errors[kPictures / 2], GetParam().free) << targets[at];
    EXPECT_GE(least, GetParam().cosine) << targets[at];
  }
}

INSTANTIATE_TEST_SUITE_P(Precisions, GradientsOnGpu,
                         ::testing::Values(Gates{Precision::fp32, 1e-5, 1e-5, 1e-2, 0.999},
                                           Gates{Precision::tf32, 2.4e-3, 1.5e-3, 0.16, 0.98},
                                           Gates{Precision::fp16, 3.4e-3, 1.4e-3, 0.18, 0.98},
                                           Gates{Precision::bf16, 2.8e-2, 1.1e-2, 0.46, 0.89}),
                         [](const auto& info) { return to_string(info.param.precision); });

}  // namespace
}  // namespace limpid::gradient_parity_test
