// The network as a linear map: its products are its weights, spread over the windows of its pools.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <string>
#include <vector>

#include "kernels/core/error.h"
#include "tests/reference/comparison.h"
#include "tests/session/session_use.h"
#include "weights/inception_v1.h"
#include "weights/synthetic.h"

namespace limpid::linear_session_test {
namespace {

using reference::relative_l2;
using test::count_of;
using test::noise;
using test::SessionUse;

std::shared_ptr<const Model> model_of(const char* family) {
  return std::make_shared<const Model>(synthetic_model(family, 4));
}

SessionOptions linear(const std::string& start, const std::string& target) {
  SessionOptions options;
  options.start = start;
  options.targets = {target};
  options.linear = true;
  return options;
}

/// One where channel `c` of `map` is at (y, x).
std::vector<float> unit(const Extents& map, int c, int y, int x) {
  std::vector<float> values(count_of(map));
  values[static_cast<std::size_t>((c * map[2] + y) * map[3] + x)] = 1;
  return values;
}

/// Expanded weights between neighbours are the filter, and nothing is anywhere else.
TEST(LinearSession, OfNeighboursIsTheFilter) {
  const auto model = model_of("bvlc_googlenet");
  const Extents input{1, 192, 5, 6};
  SessionUse use(model, linear("maxpool1", "mixed3a_1x1"), input);
  const ConvLayer& layer = model->layer("mixed3a_1x1");
  for (const int unit_index : {0, 13, layer.k - 1}) {
    std::vector<float> expected(count_of(input));
    for (int k = 0; k < layer.c; ++k) {
      expected[static_cast<std::size_t>((k * 5 + 2) * 6 + 4)] =
          layer.filter[static_cast<std::size_t>(unit_index * layer.c + k)];
    }
    EXPECT_EQ(use.backward({unit(use.target(0), unit_index, 2, 4)}), expected) << unit_index;
  }
}

/// conv2d2 -> LRN at zero -> means of a pool's windows, which the map's edges cut -> a 1x1 convolution.
TEST(LinearSession, SpreadsOverThePoolsAndTakesLrnAtZero) {
  for (const char* family : {"bvlc_googlenet", "inception5h"}) {
    const auto model = model_of(family);
    const Extents input{1, 192, 9, 8};
    SessionUse use(model, linear("conv2d2", "mixed3a_1x1"), input);
    const ConvLayer& layer = model->layer("mixed3a_1x1");
    const Extents map = use.target(0);
    const InceptionRules rules = rules_of(model->network);
    const double lrn = std::pow(double{rules.lrn.bias}, -double{rules.lrn.beta});
    const int above = pool_extent(rules.padding, 9, 3, 2).before;
    const int left = pool_extent(rules.padding, 8, 3, 2).before;
    for (int y = 0; y < map[2]; ++y) {
      for (int x = 0; x < map[3]; ++x) {
        const auto inside = [&](int h, int w) {
          const int i = h - 2 * y + above, j = w - 2 * x + left;
          return i >= 0 && i < 3 && j >= 0 && j < 3;
        };
        double pixels = 0;
        for (int h = 0; h < 9; ++h) {
          for (int w = 0; w < 8; ++w) pixels += inside(h, w) ? 1 : 0;
        }
        std::vector<double> expected;
        for (int k = 0; k < layer.c; ++k) {
          const double weight = layer.filter[static_cast<std::size_t>(5 * layer.c + k)] * lrn / pixels;
          for (int h = 0; h < 9; ++h) {
            for (int w = 0; w < 8; ++w) expected.push_back(inside(h, w) ? weight : 0);
          }
        }
        // One product, one share and one factor, each rounded.
        EXPECT_LE(relative_l2(use.backward({unit(map, 5, y, x)}), expected), 3e-7) << family << y << ' ' << x;
      }
    }
  }
}

/// The chain rule, for a linear map has one derivative: picture <- mixed3a <- mixed4a, pools of both kinds on the way.
TEST(LinearSession, ComposesAcrossALayer) {
  const auto model = model_of("inception5h");
  const Extents picture{1, 3, 72, 64};
  SessionUse whole(model, linear("", "mixed4a"), picture);
  const std::vector<float> cotangent = noise(whole.target(0), 1);

  SessionUse head(model, linear("", "mixed3a"), picture);
  SessionUse tail(model, linear("mixed3a", "mixed4a"), head.target(0));
  EXPECT_LE(relative_l2(head.backward({tail.backward({cotangent})}), whole.backward({cotangent})), 2e-6);
}

TEST(LinearSession, TreatsImagesOfABatchAlike) {
  const auto model = model_of("bvlc_googlenet");
  SessionUse one(model, linear("mixed3a", "mixed4a"), {1, 256, 12, 12});
  SessionUse three(model, linear("mixed3a", "mixed4a"), {3, 256, 12, 12});
  std::vector<float> cotangents, expected;
  for (unsigned i = 0; i < 3; ++i) {
    const std::vector<float> cotangent = noise(one.target(0), i);
    const std::vector<float> gradient = one.backward({cotangent});
    cotangents.insert(cotangents.end(), cotangent.begin(), cotangent.end());
    expected.insert(expected.end(), gradient.begin(), gradient.end());
  }
  EXPECT_EQ(three.backward({cotangents}), expected);
}

SessionOptions pushable(const std::vector<std::string>& targets) {
  SessionOptions options = linear("", "");
  options.targets = targets;
  options.push = true;
  options.compute.threads = 1;  // Of products by the thousand, of a few pixels each.
  return options;
}

/// Every value of every target: from the picture through both LRNs and pools of both strides, where the values in front of
/// ReLUs are wanted beside those behind them, and where they are not.
TEST(LinearSession, PushesAsItsProductsOneByOneSay) {
  const auto model = model_of("bvlc_googlenet");
  const Extents picture{2, 3, 24, 20};
  SessionUse use(model, pushable({"mixed3a", "mixed3a_1x1:pre", "conv2d1:pre"}), picture);
  const std::vector<float> tangent = noise(picture, 7);
  const std::vector<std::vector<float>> pushed = use.push(tangent);
  for (int target = 0; target < 2; ++target) {
    const auto i = static_cast<std::size_t>(target);
    std::vector<double> products;
    for (std::size_t value = 0; value < pushed[i].size(); ++value) {
      std::vector<std::vector<float>> cotangents(3);
      cotangents[i].assign(pushed[i].size(), 0);
      cotangents[i][value] = 1;
      products.push_back(test::dot(use.backward(cotangents), tangent));
    }
    EXPECT_LE(relative_l2(pushed[i], products), 1e-6) << target;
  }
  for (int n = 0; n < 2; ++n) {  // mixed3a_1x1 is the first part of mixed3a.
    const auto count = static_cast<std::ptrdiff_t>(pushed[1].size() / 2);
    const auto whole = pushed[0].begin() + n * static_cast<std::ptrdiff_t>(pushed[0].size() / 2);
    EXPECT_TRUE(std::equal(whole, whole + count, pushed[1].begin() + n * count)) << n;
  }
}

/// A plan that goes forward alone has the same products.
TEST(LinearSession, PushesWithoutAWayBack) {
  const auto model = model_of("inception5h");
  const Extents picture{1, 3, 72, 64};
  SessionOptions options = pushable({"mixed4a"});
  SessionUse both(model, options, picture);
  options.backward = false;
  SessionUse forward(model, options, picture);
  const std::vector<float> tangent = noise(picture, 8);
  EXPECT_EQ(forward.push(tangent), both.push(tangent));

  SessionOptions head = pushable({"mixed3a"}), tail = pushable({"mixed4a"});
  tail.start = "mixed3a";
  SessionUse first(model, head, picture);
  SessionUse second(model, tail, first.target(0));
  EXPECT_LE(relative_l2(second.push(first.push(tangent)[0])[0], both.push(tangent)[0]), 2e-6);
}

std::string failure_of(const std::function<void()>& run) {
  try {
    run();
  } catch (const Error& error) {
    EXPECT_EQ(error.kind(), ErrorKind::usage);
    return error.what();
  }
  return {};
}

TEST(LinearSession, RefusesWhatIsNotLinear) {
  const auto model = model_of("bvlc_googlenet");
  const Extents picture{1, 3, 64, 64};
  SessionUse use(model, linear("", "mixed3a"), picture);
  EXPECT_EQ(failure_of([&] { use.forward(noise(picture, 1)); }), "a linear session has no forward pass");

  SessionUse probabilities(model, linear("", "softmax"), {1, 3, 224, 224});
  EXPECT_EQ(failure_of([&] { probabilities.target(0); }), "softmax is not linear: take the logits");

  SessionOptions pushed = pushable({"softmax"});
  pushed.backward = false;
  SessionUse tangents(model, pushed, {1, 3, 224, 224});
  EXPECT_EQ(failure_of([&] { tangents.target(0); }), "softmax is not linear: take the logits");

  pushed.push = false;
  EXPECT_EQ(failure_of([&] { Session(model, pushed); }),
            "a linear session has no forward pass: it needs 'backward' or 'push'");
}

}  // namespace
}  // namespace limpid::linear_session_test
