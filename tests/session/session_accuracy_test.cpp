// Products with the Jacobian: against double precision along the same choices, and against each other.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <numeric>

#include "engine/image/network_input.h"
#include "tests/engine/engine_run.h"
#include "tests/reference/comparison.h"
#include "tests/reference/reference_network.h"
#include "tests/session/session_use.h"
#include "weights/synthetic.h"

namespace limpid::session_accuracy_test {
namespace {

using reference::Map;
using reference::relative_l2;
using test::noise;
using test::noise_pictures;
using test::SessionUse;

constexpr Extents kPicture{1, 3, 80, 72};

std::shared_ptr<const Model> model_of(const char* family) {
  return std::make_shared<const Model>(synthetic_model(family, 3));
}

struct Targets {
  const char* family;
  std::vector<std::string> layers;
};

void PrintTo(const Targets& t, std::ostream* out) {
  *out << t.family;
  for (const std::string& layer : t.layers) *out << ' ' << layer;
}

/// The picture as the network sees it, and gradients by it in the picture's order.
class NetworkSide {
 public:
  explicit NetworkSide(const Model& model) : scaling_(input_scaling(model.input)) {}

  Map input(const std::vector<float>& picture) const {
    Map map(3, static_cast<int>(kPicture[2]), static_cast<int>(kPicture[3]));
    for (int c = 0; c < 3; ++c) {
      for (std::size_t p = 0; p < map.plane_size(); ++p) {
        const float value = picture[static_cast<std::size_t>(scaling_.channel[c]) * map.plane_size() + p];
        map.plane(c)[p] = double{std::fma(scaling_.scale, value, -scaling_.mean[c])};
      }
    }
    return map;
  }

  void add_to(std::vector<double>& picture, const Map& gradient) const {
    for (int c = 0; c < 3; ++c) {
      for (std::size_t p = 0; p < gradient.plane_size(); ++p) {
        picture[static_cast<std::size_t>(scaling_.channel[c]) * gradient.plane_size() + p] +=
            double{scaling_.scale} * gradient.plane(c)[p];
      }
    }
  }

 private:
  InputScaling scaling_;
};

class SessionAccuracy : public ::testing::TestWithParam<Targets> {};

TEST_P(SessionAccuracy, BackwardIsTheJacobianInDoublePrecision) {
  const auto model = model_of(GetParam().family);
  SessionOptions options;
  options.targets = GetParam().layers;
  SessionUse use(model, options, kPicture);
  const std::vector<float> picture = noise_pictures(kPicture, 1);
  const auto values = use.forward(picture);

  const NetworkSide side(*model);
  const reference::Network oracle(*model);
  const Map input = side.input(picture);
  ExecutorOptions exact;
  exact.translation_exact = true;
  const reference::Trace free = oracle.forward(input, "mixed4d");
  const reference::Selections chosen = test::OpenPass(*model, input, free.selections, exact).choices();
  const reference::Trace trace = oracle.forward(input, "mixed4d", chosen);

  std::vector<std::vector<float>> cotangents;
  std::vector<double> expected(test::count_of(kPicture));
  for (int i = 0; i < use.session().target_count(); ++i) {
    const std::string& name = options.targets[static_cast<std::size_t>(i)];
    EXPECT_LE(relative_l2(values[static_cast<std::size_t>(i)], trace.at(name).values), 1e-5) << name;
    cotangents.push_back(noise(use.target(i), 10 + static_cast<unsigned>(i)));
    Map seed = trace.at(name);
    std::copy(cotangents.back().begin(), cotangents.back().end(), seed.values.begin());
    side.add_to(expected, oracle.backward(trace, name, seed).input());
  }
  EXPECT_LE(relative_l2(use.backward(cotangents), expected), 1e-5);
}

/// <J v, w> = <v, J^T w>, with all targets at once, however often and in whatever order.
TEST_P(SessionAccuracy, PushIsTheAdjointOfBackward) {
  SessionOptions options;
  options.targets = GetParam().layers;
  options.push = true;
  SessionUse use(model_of(GetParam().family), options, kPicture);
  use.forward(noise_pictures(kPicture, 1));
  std::vector<std::vector<float>> first;
  std::vector<float> first_tangent;
  for (unsigned round = 0; round < 3; ++round) {
    const std::vector<float> tangent = noise(kPicture, 20 + round);
    const auto pushed = use.push(tangent);
    std::vector<std::vector<float>> cotangents;
    double products = 0;
    double scale = 0;
    for (int i = 0; i < use.session().target_count(); ++i) {
      const auto index = static_cast<std::size_t>(i);
      cotangents.push_back(noise(use.target(i), 30 + 10 * round + static_cast<unsigned>(i)));
      products += test::dot(pushed[index], cotangents[index]);
      scale += std::sqrt(test::dot(pushed[index], pushed[index]) *
                         test::dot(cotangents[index], cotangents[index]));
    }
    EXPECT_NEAR(test::dot(tangent, use.backward(cotangents)), products, 1e-6 * scale);
    if (round == 0) {
      first = pushed;
      first_tangent = tangent;
    }
  }
  EXPECT_EQ(use.push(first_tangent), first);
}

/// One pass is as good as one product for each class.
TEST(SessionPush, IsEveryProductOneByOne) {
  for (const char* target : {"logits", "softmax"}) {
    const auto model = model_of("limpid_default");
    SessionOptions options;
    options.targets = {target};
    options.start = "mixed4d";
    options.push = true;
    const Extents map{1, 528, 4, 3};
    SessionUse use(model, options, map);
    std::vector<float> activations = noise(map, 5);
    for (float& value : activations) value = std::max(value * 50, 0.0F);
    use.forward(activations);
    std::vector<float> tangent(activations.size());
    for (std::size_t c = 0; c < 528; ++c)
      tangent[c * 12 + 7] = static_cast<float>(c % 7) - 3;  // One position.
    const std::vector<float> pushed = use.push(tangent).front();
    std::vector<float> cotangent(pushed.size());
    std::vector<double> one_by_one;
    for (std::size_t j = 0; j < pushed.size(); ++j) {
      cotangent[j] = 1;
      one_by_one.push_back(test::dot(use.backward({cotangent}), tangent));
      cotangent[j] = 0;
    }
    EXPECT_LE(relative_l2(pushed, one_by_one), 1e-6) << target;
  }
}

INSTANTIATE_TEST_SUITE_P(
    Targets, SessionAccuracy,
    ::testing::Values(Targets{"bvlc_googlenet", {"mixed4a"}}, Targets{"inception5h", {"mixed4a", "mixed3b"}},
                      Targets{"bvlc_googlenet", {"mixed4a", "mixed4a_3x3"}},
                      Targets{"inception5h", {"mixed4a_1x1", "mixed4a_3x3", "mixed4a"}},
                      Targets{"limpid_default", {"mixed4a:pre", "mixed4a"}},
                      Targets{"bvlc_googlenet", {"conv2d0", "conv2d0:pre", "mixed4d"}},
                      Targets{"torchvision_googlenet", {"maxpool1", "mixed3b_5x5:pre", "mixed4d_3x3"}}));

/// From the middle to the picture after the logits to the middle is from the logits to the picture.
TEST(SessionComposition, HeadTimesTailIsTheWhole) {
  const auto model = model_of("bvlc_googlenet");
  const std::vector<float> picture = noise_pictures(kPicture, 2);
  SessionOptions options;
  options.targets = {"mixed4d"};
  SessionUse head(model, options, kPicture);
  const auto middle = head.forward(picture);

  options.targets = {"logits"};
  SessionUse whole(model, options, kPicture);
  options.start = "mixed4d";
  SessionUse tail(model, options, head.target(0));
  const auto logits = tail.forward(middle.front());
  EXPECT_EQ(logits, whole.forward(picture));

  const std::vector<std::vector<float>> cotangent = {noise(whole.target(0), 3)};
  const std::vector<float> by_parts = head.backward({tail.backward(cotangent)});
  EXPECT_LE(relative_l2(by_parts, whole.backward(cotangent)), 2e-6);
}

/// The whole layer is planned where the objective needs one filter: the sums are taken in another order.
TEST(SessionGradient, IsTheChannelsOwnCotangent) {
  for (const char* layer : {"conv2d0", "mixed3b", "mixed4a"}) {
    const auto model = model_of("bvlc_googlenet");
    SessionOptions options;
    options.targets = {layer};
    SessionUse use(model, options, kPicture);
    const std::vector<float> picture = noise_pictures(kPicture, 4);
    use.forward(picture);
    const Extents map = use.target(0);
    std::vector<float> cotangent(test::count_of(map));
    const auto pixels = static_cast<std::size_t>(map[2] * map[3]);
    std::fill_n(cotangent.begin() + static_cast<std::ptrdiff_t>(5 * pixels), pixels,
                1 / static_cast<float>(pixels));

    std::vector<float> gradient(test::count_of(kPicture));
    double value = 0;
    use.session().gradient(dense_view(picture.data(), kPicture),
                           parse_objective(std::string(layer) + ":5", *model), {&value, 1},
                           dense_view(gradient.data(), kPicture));
    EXPECT_LE(relative_l2(use.backward({cotangent}), gradient), 2e-6) << layer;
  }
}

}  // namespace
}  // namespace limpid::session_accuracy_test
