// The CPU's first convolution: three planar channels in, and a planar input gradient out.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "kernels/core/error.h"
#include "tests/kernels/conv_support.h"
#include "tests/reference/comparison.h"

namespace limpid {
namespace {

using namespace test;
using reference::Map;

ConvCase stem_case(const std::string& name, int n, int k, int h, int w, Padding padding,
                   Surround y_surround = {}) {
  const Extent vertical = conv_extent(padding, h, 7, 2), horizontal = conv_extent(padding, w, 7, 2);
  return {name,           n,  3,         k, h, w, {7, 2, vertical.before, horizontal.before}, vertical.out,
          horizontal.out, {}, y_surround};
}

std::vector<ConvCase> stem_cases() {
  return {
      stem_case("even_same", 1, 64, 32, 28, Padding::tf_same),
      stem_case("even_caffe", 1, 64, 28, 32, Padding::caffe),
      stem_case("odd_same", 2, 64, 33, 27, Padding::tf_same),
      stem_case("odd_caffe_slice", 3, 24, 17, 19, Padding::caffe, {1, 2}),
      stem_case("one_group", 1, 8, 16, 15, Padding::tf_same),
      stem_case("wide", 1, 208, 12, 13, Padding::caffe),
      stem_case("smaller_than_the_filter", 2, 16, 5, 6, Padding::caffe),
  };
}

/// Images of three planes, one after the other, between fences.
struct Pictures {
  Pictures(const ConvCase& shape, const std::vector<Map>& maps)
      : n(shape.n), h(shape.h), w(shape.w), buffer(static_cast<std::size_t>(3 * n * h * w)) {
    std::size_t i = 0;
    for (const Map& map : maps) {
      for (const double value : map.values) buffer.data()[i++] = static_cast<float>(value);
    }
  }

  Planar<float> view() { return {buffer.data(), n, 3, h, w}; }
  std::vector<double> map_values(int image) {
    const float* first = view().plane(image, 0);
    return {first, first + 3 * h * w};
  }

  int n, h, w;
  FencedBuffer buffer;
};

std::vector<Map> pictures(std::mt19937& random, const ConvCase& c, bool whole_numbers) {
  std::vector<Map> maps;
  for (int n = 0; n < c.n; ++n) {
    maps.push_back(whole_numbers ? integer_map(random, 3, c.h, c.w, 9) : normal_map(random, 3, c.h, c.w));
  }
  return maps;
}

class Stem : public ::testing::TestWithParam<ConvCase> {
 protected:
  static std::unique_ptr<StemConvPlan> plan(const ConvCase& c, const ConvFilter& filter, bool relu,
                                            int thread_count) {
    ConvRequest request{c.name, c.shape(), ConvDirection::fprop, c.n};
    request.relu = relu;
    return cpu::make_stem_plan(request, filter, thread_count);
  }
};

TEST_P(Stem, FpropWithBiasAndRelu) {
  const ConvCase& c = GetParam();
  std::mt19937 random(1);
  for (const bool whole_numbers : {true, false}) {
    const ConvLayer layer = make_layer(random, c, 3, whole_numbers);
    const std::vector<Map> maps = pictures(random, c, whole_numbers);
    Pictures x(c, maps);
    for (const bool relu : {false, true}) {
      const auto stem = plan(c, filter_of(layer), relu, 2);
      Workspace workspace(stem->workspace_bytes());
      Activations y(c.y());
      stem->fprop(threads(2), x.view(), y.tensor(), workspace.data());
      for (int n = 0; n < c.n; ++n) {
        Map expected = reference::conv_fprop(maps[static_cast<std::size_t>(n)], layer, c.sliding());
        if (relu) expected = rectified(expected);
        EXPECT_LE(reference::relative_l2(y.map(n).values, expected.values),
                  whole_numbers ? 0.0 : direct_tolerance(3, 7));
      }
      EXPECT_TRUE(y.surroundings_intact());
      EXPECT_TRUE(workspace.fences_intact());
    }
    EXPECT_TRUE(x.buffer.intact());
  }
}

TEST_P(Stem, Dgrad) {
  const ConvCase& c = GetParam();
  std::mt19937 random(2);
  for (const bool whole_numbers : {true, false}) {
    const ConvLayer layer = make_layer(random, c, 3, whole_numbers);
    Batch dy = whole_numbers ? integer_batch(random, c.y(), 4) : normal_batch(random, c.y());
    Pictures dx(c, pictures(random, c, true));
    const auto stem = plan(c, filter_of(layer), true, 2);
    Workspace workspace(stem->workspace_bytes());
    stem->dgrad(threads(2), dy.activations.tensor(), dx.view(), workspace.data());
    for (int n = 0; n < c.n; ++n) {
      const Map expected =
          reference::conv_dgrad(dy.maps[static_cast<std::size_t>(n)], layer, c.sliding(), c.h, c.w);
      EXPECT_LE(reference::relative_l2(dx.map_values(n), expected.values),
                whole_numbers ? 0.0 : direct_tolerance(c.k, 4));  // A pixel meets 16 of the 49 taps at most.
    }
    EXPECT_TRUE(dx.buffer.intact());
    EXPECT_TRUE(workspace.fences_intact());
  }
}

TEST_P(Stem, DgradIsTheAdjointOfFprop) {
  const ConvCase& c = GetParam();
  std::mt19937 random(3);
  const ConvLayer layer = make_layer(random, c, 3, true);
  const std::vector<Map> maps = pictures(random, c, true);
  Pictures x(c, maps), dx(c, maps);
  Batch dy = integer_batch(random, c.y(), 4);
  Activations y(c.y());
  const auto stem = plan(c, {layer.filter.data(), nullptr}, false, 2);
  Workspace workspace(stem->workspace_bytes());
  stem->fprop(threads(2), x.view(), y.tensor(), workspace.data());
  stem->dgrad(threads(2), dy.activations.tensor(), dx.view(), workspace.data());
  for (int n = 0; n < c.n; ++n) {
    Map gradient(3, c.h, c.w);
    gradient.values = dx.map_values(n);
    const auto i = static_cast<std::size_t>(n);
    EXPECT_EQ(dot(y.map(n), dy.maps[i]), dot(maps[i], gradient));
  }
}

TEST_P(Stem, ThreadsAndBatchChangeNoBit) {
  ConvCase c = GetParam();
  c.n = 3;
  std::mt19937 random(4);
  const ConvLayer layer = make_layer(random, c, 3, false);
  Pictures x(c, pictures(random, c, false));
  Batch dy = normal_batch(random, c.y());
  const auto run = [&](int thread_count, bool one_by_one, Activations& y, Pictures& dx) {
    const auto stem = plan(c, filter_of(layer), true, thread_count);
    Workspace workspace(stem->workspace_bytes());
    const Stream stream = threads(thread_count);
    if (!one_by_one) {
      stem->fprop(stream, x.view(), y.tensor(), workspace.data());
      stem->dgrad(stream, dy.activations.tensor(), dx.view(), workspace.data());
      return;
    }
    for (int n = 0; n < c.n; ++n) {
      stem->fprop(stream, {x.view().plane(n, 0), 1, 3, c.h, c.w}, y.tensor().image(n), workspace.data());
      stem->dgrad(stream, dy.activations.tensor().image(n), {dx.view().plane(n, 0), 1, 3, c.h, c.w},
                  workspace.data());
    }
  };
  Activations y(c.y());
  Pictures dx(c, {});
  run(1, false, y, dx);
  for (const bool one_by_one : {false, true}) {
    for (const int count : {2, 3}) {
      Activations y_again(c.y());
      Pictures dx_again(c, {});
      run(count, one_by_one, y_again, dx_again);
      EXPECT_TRUE(same_bits(y.values(), y_again.values()));
      EXPECT_TRUE(same_bits(dx.buffer.values(), dx_again.buffer.values()));
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, Stem, ::testing::ValuesIn(stem_cases()),
                         [](const auto& info) { return info.param.name; });

TEST(StemPlan, NamesItsAlgorithm) {
  std::mt19937 random(5);
  const ConvCase c = stem_case("named", 1, 64, 32, 32, Padding::tf_same);
  const ConvLayer layer = make_layer(random, c, 3, false);
  const std::string algorithm = cpu::make_stem_plan({c.name, c.shape()}, filter_of(layer), 2)->algorithm();
  EXPECT_THAT(algorithm, ::testing::StartsWith("onednn "));
  EXPECT_THAT(algorithm, ::testing::EndsWith(", own dgrad"));
  EXPECT_THAT(algorithm, ::testing::Not(::testing::HasSubstr("ref")));
}

TEST(StemPlan, RefusesOtherTypesThanFp32) {
  std::mt19937 random(6);
  const ConvCase c = stem_case("conv2d0", 1, 64, 32, 32, Padding::tf_same);
  const ConvLayer layer = make_layer(random, c, 3, false);
  ConvRequest request{c.name, c.shape()};
  request.dtype = DType::bf16;
  EXPECT_THROW(cpu::make_stem_plan(request, filter_of(layer), 1), Error);
}

TEST(StemPlan, RefusesTheReferenceKernelOfOnednn) {
  // Below 5 x 5 pixels oneDNN has nothing else for a 7 x 7 filter.
  std::mt19937 random(7);
  const ConvCase c = stem_case("conv2d0", 1, 64, 3, 3, Padding::caffe);
  const ConvLayer layer = make_layer(random, c, 3, false);
  try {
    cpu::make_stem_plan({c.name, c.shape()}, filter_of(layer), 1);
    FAIL() << "a plan was made";
  } catch (const Error& e) {
    EXPECT_EQ(e.kind(), ErrorKind::runtime);
    EXPECT_THAT(e.what(), ::testing::StartsWith("layer conv2d0: oneDNN would run its reference kernel (ref"));
  }
}

}  // namespace
}  // namespace limpid
