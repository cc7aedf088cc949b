// The CPU's convolutions of channel groups, both directions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <limits>

#include "kernels/core/error.h"
#include "tests/kernels/conv_support.h"
#include "tests/reference/comparison.h"

namespace limpid {
namespace {

using namespace test;
using reference::Map;

/// What the network has, and what it does not: a single pixel, a map smaller than a tile, odd extents, more
/// than one block of tiles, half a panel of filters, padding on one side only, no padding.
std::vector<ConvCase> conv_cases() {
  return {
      same_conv("direct_1x1_pixel", 1, 8, 8, 1, 1, 1),
      same_conv("direct_1x1_classifier", 2, 192, 208, 1, 1, 1),
      same_conv("direct_1x1_odd", 1, 192, 64, 13, 15, 1),
      same_conv("direct_1x1_slices", 3, 24, 16, 7, 5, 1, {2, 1}, {1, 3}),
      same_conv("direct_1x1_wide", 1, 64, 208, 14, 14, 1),
      same_conv("winograd_3x3_pixel", 1, 8, 8, 1, 1, 3),
      same_conv("winograd_3x3_small", 2, 16, 24, 3, 2, 3),
      same_conv("winograd_3x3_deep", 1, 192, 16, 14, 14, 3),
      same_conv("winograd_3x3_wide", 1, 96, 208, 7, 7, 3),
      same_conv("winograd_3x3_slices", 3, 24, 16, 13, 15, 3, {1, 2}, {3, 1}),
      same_conv("winograd_3x3_blocks", 1, 16, 8, 35, 37, 3),
      {"winograd_3x3_asymmetric", 1, 16, 24, 9, 10, {3, 1, 0, 2}, 9, 10},
      {"winograd_3x3_unpadded", 1, 8, 16, 9, 8, {3, 1, 0, 0}, 7, 6},
      same_conv("winograd_5x5_pixel", 1, 8, 8, 1, 1, 5),
      same_conv("winograd_5x5_small", 1, 16, 24, 2, 4, 5),
      same_conv("winograd_5x5_deep", 1, 48, 128, 7, 7, 5),
      same_conv("winograd_5x5_slices", 3, 24, 16, 13, 9, 5, {1, 0}, {0, 2}),
      {"winograd_5x5_asymmetric", 1, 8, 16, 7, 8, {5, 1, 1, 3}, 7, 8},
  };
}

bool is_direct(const ConvCase& c) {
  return !cpu::winograd_supports(c.shape());
}

/// ||actual - expected|| / ||expected|| over a whole batch.
double batch_error(Activations& actual, const std::vector<Map>& expected) {
  std::vector<double> a, e;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    const Map map = actual.map(static_cast<int>(i));
    a.insert(a.end(), map.values.begin(), map.values.end());
    e.insert(e.end(), expected[i].values.begin(), expected[i].values.end());
  }
  return reference::relative_l2(a, e);
}

class Conv : public ::testing::TestWithParam<ConvCase> {
 protected:
  ConvRequest request(ConvDirection direction, bool relu = false, bool accumulate = false) const {
    const ConvCase& c = GetParam();
    ConvRequest request{c.name, c.shape(), direction, c.n};
    request.relu = relu;
    request.accumulate = accumulate;
    return request;
  }
  /// `terms` is the number of channels that are summed over.
  double tolerance(int terms) const {
    return is_direct(GetParam()) ? direct_tolerance(terms, GetParam().window.size)
                                 : winograd_tolerance(terms);
  }
};

TEST_P(Conv, FpropWithBiasAndRelu) {
  const ConvCase& c = GetParam();
  std::mt19937 random(1);
  for (const bool whole_numbers : {true, false}) {
    const ConvLayer layer = make_layer(random, c, c.c, whole_numbers);
    Batch x = whole_numbers ? integer_batch(random, c.x(), 4) : normal_batch(random, c.x());
    for (const bool relu : {false, true}) {
      Activations y(c.y());
      run_conv(request(ConvDirection::fprop, relu), filter_of(layer), 2, x.activations.tensor(), y.tensor());
      std::vector<Map> expected;
      for (const Map& map : x.maps) {
        expected.push_back(reference::conv_fprop(map, layer, c.sliding()));
        if (relu) expected.back() = rectified(expected.back());
      }
      EXPECT_LE(batch_error(y, expected), whole_numbers && is_direct(c) ? 0.0 : tolerance(c.c))
          << (relu ? "with" : "without") << " ReLU";
      EXPECT_TRUE(x.activations.surroundings_intact());
      EXPECT_TRUE(y.surroundings_intact());
    }
  }
}

TEST_P(Conv, DgradAloneAndAccumulated) {
  const ConvCase& c = GetParam();
  std::mt19937 random(2);
  for (const bool whole_numbers : {true, false}) {
    const ConvLayer layer = make_layer(random, c, c.c, whole_numbers);
    Batch dy = whole_numbers ? integer_batch(random, c.y(), 4) : normal_batch(random, c.y());
    for (const bool accumulate : {false, true}) {
      Batch dx = integer_batch(random, c.x(), 1);
      run_conv(request(ConvDirection::dgrad, false, accumulate), filter_of(layer), 2, dy.activations.tensor(),
               dx.activations.tensor());
      std::vector<Map> expected;
      for (std::size_t i = 0; i < dy.maps.size(); ++i) {
        expected.push_back(reference::conv_dgrad(dy.maps[i], layer, c.sliding(), c.h, c.w));
        if (accumulate) reference::accumulate(expected.back(), dx.maps[i]);
      }
      EXPECT_LE(batch_error(dx.activations, expected), whole_numbers && is_direct(c) ? 0.0 : tolerance(c.k))
          << (accumulate ? "accumulated" : "alone");
      EXPECT_TRUE(dy.activations.surroundings_intact());
      EXPECT_TRUE(dx.activations.surroundings_intact());
    }
  }
}

TEST_P(Conv, DgradIsTheAdjointOfFprop) {
  const ConvCase& c = GetParam();
  std::mt19937 random(3);
  const ConvLayer layer = make_layer(random, c, c.c, false);
  Batch x = normal_batch(random, c.x());
  Batch dy = normal_batch(random, c.y());
  Activations y(c.y()), dx(c.x());
  run_conv(request(ConvDirection::fprop), {layer.filter.data(), nullptr}, 1, x.activations.tensor(),
           y.tensor());
  run_conv(request(ConvDirection::dgrad), filter_of(layer), 1, dy.activations.tensor(), dx.tensor());
  for (int n = 0; n < c.n; ++n) {
    const auto i = static_cast<std::size_t>(n);
    const double scale = norm(y.map(n)) * norm(dy.maps[i]) + norm(x.maps[i]) * norm(dx.map(n));
    EXPECT_LE(std::abs(dot(y.map(n), dy.maps[i]) - dot(x.maps[i], dx.map(n))),
              std::max(tolerance(c.c), tolerance(c.k)) * scale);
  }
}

TEST_P(Conv, ThreadsAndBatchChangeNoBit) {
  ConvCase c = GetParam();
  c.n = 3;
  std::mt19937 random(4);
  const ConvLayer layer = make_layer(random, c, c.c, false);
  for (const auto direction : {ConvDirection::fprop, ConvDirection::dgrad}) {
    const bool forward = direction == ConvDirection::fprop;
    const ActivationShape target_shape = forward ? c.y() : c.x();
    Batch source = normal_batch(random, forward ? c.x() : c.y());
    ConvRequest asked = request(direction, forward);
    asked.batch = 3;
    Activations one(target_shape);
    run_conv(asked, filter_of(layer), 1, source.activations.tensor(), one.tensor());
    for (const int count : {2, 3}) {
      Activations more(target_shape);
      run_conv(asked, filter_of(layer), count, source.activations.tensor(), more.tensor());
      EXPECT_TRUE(same_bits(one.values(), more.values())) << count << " threads";
    }
    asked.batch = 1;
    Activations alone(target_shape);
    for (int n = 0; n < 3; ++n) {
      run_conv(asked, filter_of(layer), 2, source.activations.tensor().image(n), alone.tensor().image(n));
    }
    EXPECT_TRUE(same_bits(one.values(), alone.values())) << "image by image";
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, Conv, ::testing::ValuesIn(conv_cases()),
                         [](const auto& info) { return info.param.name; });

/// Sums of whole numbers are exact, in whatever order. Over a map one pixel wide oneDNN has no kernel for 5x5 windows.
TEST(ExactConv, TakesWindowsWiderThanTheMap) {
  for (const auto& [h, w] : {std::pair(1, 1), std::pair(4, 1), std::pair(1, 4), std::pair(2, 2)}) {
    const ConvCase c = same_conv("narrow", 2, 16, 24, h, w, 5);
    std::mt19937 random(3);
    const ConvLayer layer = make_layer(random, c, c.c, true);
    Batch x = integer_batch(random, c.x(), 4);
    ConvRequest request{c.name, c.shape(), ConvDirection::fprop, c.n};
    request.translation_exact = true;
    Activations y(c.y());
    run_conv(request, filter_of(layer), 2, x.activations.tensor(), y.tensor());
    std::vector<Map> expected;
    for (const Map& map : x.maps) expected.push_back(reference::conv_fprop(map, layer, c.sliding()));
    EXPECT_EQ(batch_error(y, expected), 0.0) << h << " x " << w;
  }
}

TEST(ConvStrided, FpropIsDirect) {
  const ConvCase c{"strided", 2, 16, 24, 9, 10, {3, 2, 0, 0}, 5, 5};
  std::mt19937 random(5);
  const ConvLayer layer = make_layer(random, c, c.c, true);
  Batch x = integer_batch(random, c.x(), 4);
  Activations y(c.y());
  run_conv({c.name, c.shape(), ConvDirection::fprop, c.n}, filter_of(layer), 2, x.activations.tensor(),
           y.tensor());
  for (int n = 0; n < c.n; ++n) {
    EXPECT_EQ(y.map(n).values,
              reference::conv_fprop(x.maps[static_cast<std::size_t>(n)], layer, c.sliding()).values);
  }
}

TEST(ConvPlans, NameTheirAlgorithm) {
  std::mt19937 random(6);
  const auto algorithm = [&](int size, ConvDirection direction) {
    const ConvCase c = same_conv("named", 1, 16, 24, 7, 7, size);
    const ConvLayer layer = make_layer(random, c, c.c, false);
    return cpu::make_conv_plan({c.name, c.shape(), direction}, filter_of(layer), 2)->algorithm();
  };
  for (const auto direction : {ConvDirection::fprop, ConvDirection::dgrad}) {
    EXPECT_THAT(algorithm(1, direction), ::testing::StartsWith("onednn "));
    EXPECT_THAT(algorithm(1, direction), ::testing::Not(::testing::HasSubstr("ref")));
    EXPECT_EQ(algorithm(3, direction), "winograd F(4x4,3x3)");
    EXPECT_EQ(algorithm(5, direction), "winograd F(2x2,5x5)");
  }
}

TEST(ConvPlans, RefuseWhatTheyCannotDo) {
  std::mt19937 random(7);
  const ConvCase c{"mixed9z_3x3", 1, 8, 8, 9, 9, {3, 2, 1, 1}, 5, 5};
  const ConvLayer layer = make_layer(random, c, c.c, false);
  const auto message = [&](const ConvRequest& request) -> std::string {
    try {
      cpu::make_conv_plan(request, filter_of(layer), 1);
    } catch (const Error& e) {
      EXPECT_EQ(e.kind(), ErrorKind::usage);
      return e.what();
    }
    return "no error";
  };
  ConvRequest half{c.name, c.shape()};
  half.dtype = DType::f16;
  EXPECT_EQ(message(half), "layer mixed9z_3x3: the CPU backend computes in fp32, fp16 was asked for");
  EXPECT_EQ(message({c.name, c.shape(), ConvDirection::dgrad}),
            "layer mixed9z_3x3: dgrad of stride 2 is the stem's alone");
}

TEST(ConvNotFinite, ANaNComesThroughEveryAlgorithm) {
  std::mt19937 random(8);
  for (const int size : {1, 3, 5}) {
    const ConvCase c = same_conv("nan", 1, 8, 16, 6, 6, size);
    const ConvLayer layer = make_layer(random, c, c.c, false);
    Batch x = normal_batch(random, c.x());
    x.activations.at(0, 2, 3, 3) = std::numeric_limits<float>::quiet_NaN();
    // oneDNN's fused ReLU is a maximum with zero, which takes the zero.
    for (const bool relu : {false, true}) {
      if (relu && size == 1) continue;
      Activations y(c.y());
      ConvRequest request{c.name, c.shape()};
      request.relu = relu;
      run_conv(request, filter_of(layer), 1, x.activations.tensor(), y.tensor());
      for (int k = 0; k < c.k; ++k) EXPECT_TRUE(std::isnan(y.at(0, k, 3, 3))) << size << " " << relu;
    }
  }
}

}  // namespace
}  // namespace limpid
