// The stem on blocks of 2x2 pixels is the stem on pixels: both by the reference, on whole numbers, whose sums are exact
// in any order.
#include "kernels/conv/space_to_depth.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <utility>

#include "tests/kernels/activations.h"
#include "tests/reference/reference_ops.h"

namespace limpid::cuda {
namespace {

using reference::Map;
using test::integer_map;

constexpr int kFilters = 8;
constexpr int kFilterSize = 7;

ConvRequest stem_of(Padding padding, int h, int w, ConvDirection direction) {
  const Extent vertical = conv_extent(padding, h, kFilterSize, kBlockEdge);
  const Extent horizontal = conv_extent(padding, w, kFilterSize, kBlockEdge);
  ConvRequest request;
  request.layer = "stem";
  request.shape = {kGroup,
                   h,
                   w,
                   kFilters,
                   vertical.out,
                   horizontal.out,
                   {kFilterSize, kBlockEdge, vertical.before, horizontal.before}};
  request.direction = direction;
  request.dtype = DType::f16;
  return request;
}

/// Three channels of whole numbers, and zeros.
ConvLayer stem_layer(std::mt19937& random, const ConvShape& shape) {
  ConvLayer layer{"stem", shape.k, shape.c, shape.window.size, {}, {}};
  std::uniform_int_distribution<int> integer(-3, 3);
  const int taps = shape.window.size * shape.window.size;
  for (int i = 0; i < shape.k * shape.c * taps; ++i) {
    layer.filter.push_back(i / taps % shape.c < kColours ? static_cast<float>(integer(random)) : 0.0F);
  }
  return layer;
}

int channel_of(int colour, int y, int x) {
  return 8 * (y % 2) + 4 * (x % 2) + colour;
}

/// visit(colour, y, x) for every pixel of the map.
template <class Visit>
void for_each_colour(const Map& pixels, const Visit& visit) {
  for (int c = 0; c < kColours; ++c) {
    for (int y = 0; y < pixels.h; ++y) {
      for (int x = 0; x < pixels.w; ++x) visit(c, y, x);
    }
  }
}

Map to_blocks(const Map& pixels, const ConvShape& blocks) {
  Map result(blocks.c, blocks.h, blocks.w);
  for_each_colour(pixels, [&](int c, int y, int x) {
    result.at(channel_of(c, y, x), y / 2, x / 2) = pixels.at(c, y, x);
  });
  return result;
}

/// Every parity of both extents, windows at both edges, and maps smaller than the filter.
template <class Visit>
void for_each_stem(ConvDirection direction, const Visit& visit) {
  for (const Padding padding : {Padding::tf_same, Padding::caffe, Padding::symmetric}) {
    for (const int h : {3, 6, 7, 8, 13}) {
      for (const int w : {4, 9, 12, 15}) {
        SCOPED_TRACE(std::to_string(static_cast<int>(padding)) + ": " + std::to_string(h) + " x " +
                     std::to_string(w));
        const ConvRequest request = stem_of(padding, h, w, direction);
        ASSERT_TRUE(depth_supports(request));
        visit(request, in_depth(request));
      }
    }
  }
}

ConvLayer layer_in_depth(const ConvLayer& layer, const ConvRequest& pixels, const ConvRequest& blocks) {
  return {"blocks",
          blocks.shape.k,
          blocks.shape.c,
          blocks.shape.window.size,
          filter_in_depth(pixels.shape, layer.filter.data()),
          layer.bias};
}

reference::Sliding sliding_of(const ConvShape& s) {
  return {s.window, s.p, s.q};
}

TEST(SpaceToDepth, FpropIsTheSameSums) {
  std::mt19937 random(1);
  for_each_stem(ConvDirection::fprop, [&](const ConvRequest& pixels, const ConvRequest& blocks) {
    const ConvLayer layer = stem_layer(random, pixels.shape);
    const Map x = integer_map(random, kGroup, pixels.shape.h, pixels.shape.w, 9);
    const Map expected = reference::conv_fprop(x, layer, sliding_of(pixels.shape));
    const Map actual = reference::conv_fprop(to_blocks(x, blocks.shape),
                                             layer_in_depth(layer, pixels, blocks), sliding_of(blocks.shape));
    EXPECT_TRUE(actual.values == expected.values);
  });
}

TEST(SpaceToDepth, DgradIsTheSameSums) {
  std::mt19937 random(2);
  for_each_stem(ConvDirection::dgrad, [&](const ConvRequest& pixels, const ConvRequest& blocks) {
    const ConvLayer layer = stem_layer(random, pixels.shape);
    const ConvShape& s = pixels.shape;
    const Map dy = integer_map(random, s.k, s.p, s.q, 9);
    const Map expected = reference::conv_dgrad(dy, layer, sliding_of(s), s.h, s.w);
    const Map actual = reference::conv_dgrad(dy, layer_in_depth(layer, pixels, blocks),
                                             sliding_of(blocks.shape), blocks.shape.h, blocks.shape.w);
    // Beyond an odd map's edge blocks have gradients too, of pixels that are not there.
    for_each_colour(expected, [&](int c, int y, int x) {
      EXPECT_EQ(actual.at(channel_of(c, y, x), y / 2, x / 2), expected.at(c, y, x));
    });
  });
}

TEST(SpaceToDepth, OfTheNetworksStem) {
  for (const auto& [padding, before] : {std::pair{Padding::caffe, 2}, std::pair{Padding::tf_same, 1}}) {
    const ConvRequest blocks = in_depth(stem_of(padding, 224, 224, ConvDirection::fprop));
    EXPECT_EQ(blocks.shape.c, 16);
    EXPECT_EQ(blocks.shape.h, 112);
    EXPECT_EQ(blocks.shape.p, 112);
    EXPECT_EQ(blocks.shape.window.size, 4);
    EXPECT_EQ(blocks.shape.window.stride, 1);
    EXPECT_EQ(blocks.shape.window.before_h, before);
  }
}

TEST(SpaceToDepth, ServesStemsAlone) {
  const ConvRequest stem = stem_of(Padding::caffe, 32, 32, ConvDirection::dgrad);
  EXPECT_TRUE(prefers_depth(stem));
  ConvRequest other = stem;
  other.shape.c = 2 * kGroup;
  EXPECT_FALSE(depth_supports(other)) << "more than three channels";
  other = stem;
  other.shape.window.stride = 1;
  EXPECT_FALSE(depth_supports(other)) << "stride 1";
  other = stem;
  other.accumulate = true;
  EXPECT_FALSE(depth_supports(other)) << "adds to what is there";
  other = stem;
  other.shape.p -= 4;
  EXPECT_FALSE(depth_supports(other)) << "ends before the map does";
  other = stem;
  other.dtype = DType::f32;
  EXPECT_TRUE(depth_supports(other));
  EXPECT_FALSE(prefers_depth(other)) << "strict fp32";
  other.tf32 = true;
  EXPECT_TRUE(prefers_depth(other));
}

}  // namespace
}  // namespace limpid::cuda
