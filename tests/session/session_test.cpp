// What a session promises beside its numbers: the same bits, the caller's strides, and one line for every mistake.
#include "engine/session/session.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <functional>
#include <limits>
#include <string>
#include <thread>
#include <utility>

#include "engine/image/network_input.h"
#include "engine/network/executor.h"
#include "engine/network/turn.h"
#include "engine/objective/terms.h"
#include "engine/session/queries.h"
#include "kernels/core/error.h"
#include "tests/engine/refusal.h"
#include "tests/engine/simulated_gpu.h"
#include "tests/reference/comparison.h"
#include "tests/session/session_use.h"
#include "weights/synthetic.h"

namespace limpid::session_test {
namespace {

using reference::relative_l2;
using test::count_of;
using test::noise;
using test::noise_pictures;
using test::refusal;
using test::SessionUse;

constexpr Extents kPicture{1, 3, 72, 64};

std::shared_ptr<const Model> model() {
  static const auto instance = std::make_shared<const Model>(synthetic_model("inception5h", 1));
  return instance;
}

SessionOptions at(std::vector<std::string> targets) {
  SessionOptions options;
  options.targets = std::move(targets);
  return options;
}

/// Behind one ReLU the rules are those of the table in relu_gradient.h, image by image: the derivative of the layer before it,
/// by cotangents that the rule has been applied to.
TEST(SessionRules, GradientsPassAReluByThem) {
  const Extents input{3, 3, 40, 48};
  const std::vector<float> pictures = noise_pictures(input, 5);
  SessionOptions before = at({"conv2d0:pre"});
  SessionUse plain(model(), before, input);
  const std::vector<float> map = plain.forward(pictures)[0];
  const std::size_t each = map.size() / 3;
  // The first image has a derivative; the second none, and something above zero; the third nothing at all.
  std::vector<float> cotangent = noise(plain.target(0), 6);
  for (std::size_t i = each; i < map.size(); ++i) cotangent[i] = map[i] > 0 ? 0 : cotangent[i];
  for (std::size_t i = 2 * each; i < map.size(); ++i) cotangent[i] = 0;
  for (const ReluGradient rule :
       {ReluGradient::plain, ReluGradient::redirected, ReluGradient::leaky, ReluGradient::unmasked}) {
    std::vector<float> passed = cotangent;
    for (std::size_t i = 0; i < map.size(); ++i) {
      const bool silent = i >= each;
      const bool passes = (rule == ReluGradient::redirected && silent && cotangent[i] > 0) ||
                          (rule == ReluGradient::unmasked && silent);
      if (map[i] <= 0 && !passes) passed[i] *= rule == ReluGradient::leaky ? 0.1F : 0;
    }
    const std::vector<float> expected = plain.backward({passed});
    SessionOptions options = at({"conv2d0"});
    options.relu_gradient = rule;
    SessionUse session(model(), options, input);
    session.forward(pictures);
    for (int again = 0; again < 2; ++again) {
      const std::vector<float> gradient = session.backward({cotangent});
      const std::size_t pixels = gradient.size() / 3;
      for (std::size_t image = 0; image < 3; ++image) {
        const auto part = [&](const std::vector<float>& all) {
          const auto first = all.begin() + static_cast<std::ptrdiff_t>(image * pixels);
          return std::vector<float>(first, first + static_cast<std::ptrdiff_t>(pixels));
        };
        const bool some = image == 0 || (image == 1 && rule != ReluGradient::plain);
        EXPECT_EQ(std::ranges::any_of(part(gradient), [](float v) { return v != 0; }), some);
        if (some) {
          EXPECT_LE(relative_l2(part(gradient), part(expected)), 1e-6) << static_cast<int>(rule) << image;
        }
      }
    }
  }
}

TEST(SessionRules, AnObjectiveHasTheGradientOfItsRule) {
  const Objective objective = parse_objective("conv2d0:3", *model());
  const std::vector<float> picture = noise_pictures(kPicture, 7);
  std::vector<float> gradients[2];
  double values[2] = {};
  for (const bool leaky : {false, true}) {
    SessionOptions options = at({});
    if (leaky) options.relu_gradient = ReluGradient::leaky;
    Session session(model(), options);
    gradients[leaky].resize(picture.size());
    session.gradient(dense_view(picture.data(), kPicture), objective, {&values[leaky], 1},
                     dense_view(gradients[leaky].data(), kPicture));
  }
  EXPECT_EQ(values[0], values[1]);
  EXPECT_GT(relative_l2(gradients[1], gradients[0]), 0.01);
}

/// The plan of the objective in an executor of its own, as every other query would run it, or as renders do.
class BareExecutor : public ::testing::TestWithParam<bool> {};

TEST_P(BareExecutor, GradientIsTheSessions) {
  const bool translation_exact = GetParam();
  const Objective objective = parse_objective("mixed4a:11 - 0.5*mixed3b:3:pre", *model());
  const std::vector<float> picture = noise_pictures(kPicture, 1);
  const Goals goals{objective, {}};
  const GoalShape shape = shape_of(goals);
  Device device({"cpu", Precision::fp32, 2});
  ExecutorOptions exact;
  exact.translation_exact = translation_exact;
  NetworkExecutor network(device.backend(), device.stream(), *model(),
                          make_plan(*model(), {shape.targets, 72, 64, 1, true}), exact);
  const InputScaling scaling = input_scaling(model()->input);
  Image image{72, 64, {}};
  for (std::size_t p = 0; p < 72 * 64; ++p) {
    for (std::size_t c = 0; c < 3; ++c) image.rgb.push_back(picture[c * 72 * 64 + p]);
  }
  write_picture(image, scaling, network.input(), 0);
  const std::vector<TargetTerms> terms = bind_terms(goals, network.plan(), {});
  for (std::size_t i = 0; i < terms.size(); ++i) network.set_terms(static_cast<int>(i), 0, terms[i]);
  network.forward();
  network.backward();

  SessionOptions options = at({});
  options.unit = PictureUnit::network;
  options.translation_exact = translation_exact;
  Session session(model(), options);
  std::vector<float> gradient(image.rgb.size());
  double value = 0;
  session.gradient(dense_view(picture.data(), kPicture), objective, {&value, 1},
                   {gradient.data(), kPicture, {0, 1, 64 * 3, 3}});
  EXPECT_EQ(value, network.values()[0]);
  EXPECT_EQ(gradient, read_gradient(network.input_gradient(), scaling, 0));
  EXPECT_EQ(gradient == input_gradient(*model(), image, objective).gradient, translation_exact);
}
INSTANTIATE_TEST_SUITE_P(Either, BareExecutor, ::testing::Bool());

TEST(SessionBits, AreTheSameHoweverOften) {
  SessionUse use(model(), at({"mixed4a", "mixed3b:pre", "conv2d0"}), kPicture);
  const std::vector<float> picture = noise_pictures(kPicture, 2);
  const auto values = use.forward(picture);
  const std::vector<std::vector<float>> a = {noise(use.target(0), 3), {}, noise(use.target(2), 4)};
  const std::vector<std::vector<float>> b = {{}, noise(use.target(1), 5), {}};
  const std::vector<float> first = use.backward(a);
  const std::vector<float> other = use.backward(b);
  EXPECT_NE(first, other);
  EXPECT_EQ(use.backward(a), first);

  // A gradient has a plan of its own.
  std::vector<float> gradient(count_of(kPicture));
  double value = 0;
  use.session().gradient(dense_view(picture.data(), kPicture), parse_objective("mixed4a:7", *model()),
                         {&value, 1}, dense_view(gradient.data(), kPicture));
  EXPECT_EQ(use.backward(b), other);
  EXPECT_EQ(use.forward(picture), values);
  EXPECT_EQ(use.backward(a), first);

  SessionUse fresh(model(), at({"mixed4a", "mixed3b:pre", "conv2d0"}), kPicture);
  fresh.forward(picture);
  EXPECT_EQ(fresh.backward(b), other);
}

/// Pictures so large that each goes through the network by itself.
TEST(SessionBits, OfABatchAreThoseOfItsPictures) {
  constexpr std::size_t kBatch = 3;
  constexpr Extents kLarge{1, 3, 256, 240};
  constexpr Extents kLargeBatch{kBatch, 3, 256, 240};
  SessionOptions options = at({"conv2d1", "conv2d0:pre"});
  options.push = true;
  SessionUse batch(model(), options, kLargeBatch), alone(model(), options, kLarge);
  const std::vector<float> pictures = noise_pictures(kLargeBatch, 1), tangents = noise(kLargeBatch, 2);
  const std::vector<std::vector<float>> cotangents = {noise(batch.target(0), 3), noise(batch.target(1), 4)};
  const auto of = [](const std::vector<float>& all, std::size_t n) {
    const auto size = static_cast<std::ptrdiff_t>(all.size() / kBatch);
    const auto begin = all.begin() + static_cast<std::ptrdiff_t>(n) * size;
    return std::vector<float>(begin, begin + size);
  };
  const Objective objective = parse_objective("conv2d1:7", *model());
  const auto gradient = [&](SessionUse& use, const std::vector<float>& input, const Extents& extents) {
    std::vector<double> values(static_cast<std::size_t>(extents[0]));
    std::vector<float> result(input.size());
    use.session().gradient(dense_view(input.data(), extents), objective, values,
                           dense_view(result.data(), extents));
    return std::pair{values, result};
  };

  const auto values = batch.forward(pictures);
  const auto directional = batch.push(tangents);
  const auto back = batch.backward(cotangents);
  const auto whole = gradient(batch, pictures, kLargeBatch);
  std::vector<double> only(kBatch);
  batch.session().gradient(dense_view(pictures.data(), kLargeBatch), objective, only, {});
  EXPECT_EQ(only, whole.first);
  EXPECT_EQ(batch.backward(cotangents), back);
  EXPECT_EQ(batch.push(tangents), directional);
  EXPECT_EQ(batch.forward(pictures), values);
  for (std::size_t n = 0; n < kBatch; ++n) {
    SCOPED_TRACE(n);
    const auto own = alone.forward(of(pictures, n));
    const auto own_directional = alone.push(of(tangents, n));
    for (std::size_t i = 0; i < own.size(); ++i) {
      EXPECT_EQ(of(values[i], n), own[i]);
      EXPECT_EQ(of(directional[i], n), own_directional[i]);
    }
    EXPECT_EQ(of(back, n), alone.backward({of(cotangents[0], n), of(cotangents[1], n)}));
    const auto own_gradient = gradient(alone, of(pictures, n), kLarge);
    EXPECT_EQ(whole.first[n], own_gradient.first.front());
    EXPECT_EQ(of(whole.second, n), own_gradient.second);
  }
}

/// The call that holds it at the fork goes on in the parent alone.
TEST(Turns, HeldAtAForkAreToldInTheChild) {
  Device device({"cpu", Precision::fp32, 1});
  Turns turns;
  const auto said = [&] {
    try {
      const Turn turn(turns, device, "session");
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  {
    const Turn held(turns, device, "session");
    EXPECT_THAT(said(), ::testing::StartsWith("a session is used by two threads at once"));
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) _exit(said().starts_with("the session was in use when this process was forked") ? 0 : 1);
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_EQ(status, 0);
  }
  EXPECT_EQ(said(), "nothing");
}

/// Maps of one pixel, and one pixel wide: 5x5 windows see little but padding there.
TEST(SessionSizes, GoDownToWhatTheNetworkReaches) {
  for (const Extents& e : {Extents{1, 3, 7, 7}, Extents{1, 3, 40, 8}, Extents{1, 3, 9, 40}}) {
    SessionUse use(model(), at({"mixed4a"}), e);
    use.forward(noise_pictures(e, 1));
    const std::vector<float> gradient = use.backward({noise(use.target(0), 2)});
    EXPECT_GT(test::dot(gradient, gradient), 0) << e[2] << 'x' << e[3];
  }
}

/// More sizes than are kept: the oldest is planned anew, and the last forward pass stays.
TEST(SessionBits, OutliveTheirPlans) {
  Session session(model(), at({"mixed3a"}));
  std::vector<std::vector<float>> gradients;
  for (const int round : {0, 1}) {
    for (int i = 0; i <= static_cast<int>(Session::kPlans); ++i) {
      const Extents e{1, 3, 40 + 8 * i, 48};
      const std::vector<float> picture = noise_pictures(e, 1);
      session.forward(dense_view(picture.data(), e), {});
      const Extents map = session.target_extents(0, 1, 40 + 8 * i, 48);
      for (int other = 0; other < static_cast<int>(Session::kPlans); ++other)
        session.target_extents(0, 1, 200 + 8 * other, 48);
      const std::vector<float> cotangent = noise(map, 2);
      const TensorView<const float> view = dense_view(cotangent.data(), map);
      std::vector<float> gradient(picture.size());
      session.backward({&view, 1}, dense_view(gradient.data(), e));
      if (round == 0) {
        gradients.push_back(gradient);
      } else {
        EXPECT_EQ(gradient, gradients[static_cast<std::size_t>(i)]);
      }
    }
  }
}

/// Interleaved colours bottom up, every second value of the targets, a batch of which each image is as if alone.
TEST(SessionViews, AnyStridesAndBatch) {
  const std::vector<std::string> layers = {"mixed3b", "mixed4a_3x3:pre"};
  SessionUse alone(model(), at(layers), kPicture);
  constexpr int kBatch = 3;
  const auto [one, channels, h, w] = kPicture;
  const std::int64_t picture_size = channels * h * w;
  std::vector<float> interleaved(static_cast<std::size_t>(kBatch * picture_size));
  std::vector<std::vector<float>> pictures;
  const auto turned = [&](float* data) {
    return TensorView<float>{data + (h - 1) * w * 3, {kBatch, channels, h, w}, {picture_size, 1, -w * 3, 3}};
  };
  for (int n = 0; n < kBatch; ++n) {
    pictures.push_back(noise_pictures(kPicture, 20 + static_cast<unsigned>(n)));
    const TensorView<float> dense = dense_view(pictures.back().data(), kPicture);
    for (int c = 0; c < 3; ++c) {
      for (int y = 0; y < h; ++y) {
        for (int x = 0; x < w; ++x) *turned(interleaved.data()).at(n, c, y, x) = *dense.at(0, c, y, x);
      }
    }
  }

  Session session(model(), at(layers));
  std::vector<std::vector<float>> values(layers.size()), cotangents(layers.size());
  std::vector<TensorView<float>> outputs;
  std::vector<TensorView<const float>> given;
  std::vector<Extents> maps;
  for (std::size_t i = 0; i < layers.size(); ++i) {
    Extents e = alone.target(static_cast<int>(i));
    maps.push_back(e);
    const std::size_t size = count_of(e);
    values[i].assign(2 * kBatch * size, -1.0F);
    const auto n_stride = static_cast<std::int64_t>(2 * size);
    e[0] = kBatch;
    outputs.push_back({values[i].data(), e, {n_stride, 2 * e[2] * e[3], 2 * e[3], 2}});
    cotangents[i] = noise(maps[i], 30);
    given.push_back({cotangents[i].data(), e, {0, e[2] * e[3], e[3], 1}});
  }
  session.forward(turned(interleaved.data()), outputs);
  std::vector<float> gradient(interleaved.size());
  session.backward(given, turned(gradient.data()));

  for (int n = 0; n < kBatch; ++n) {
    const auto own = alone.forward(pictures[static_cast<std::size_t>(n)]);
    const std::vector<float> own_gradient = alone.backward(cotangents);
    for (std::size_t i = 0; i < layers.size(); ++i) {
      for (std::size_t j = 0; j < own[i].size(); ++j) {
        const std::size_t at = 2 * (static_cast<std::size_t>(n) * own[i].size() + j);
        ASSERT_EQ(values[i][at], own[i][j]) << layers[i];
        ASSERT_EQ(values[i][at + 1], -1.0F) << "between the values";
      }
    }
    const TensorView<const float> dense = dense_view(own_gradient.data(), kPicture);
    for (int c = 0; c < 3; ++c) {
      for (int y = 0; y < h; ++y) {
        for (int x = 0; x < w; ++x) ASSERT_EQ(*turned(gradient.data()).at(n, c, y, x), *dense.at(0, c, y, x));
      }
    }
  }
}

TEST(SessionUnits, TheNetworksIsTwoHundredAndFiftyFifth) {
  std::vector<std::vector<float>> gradients;
  for (const PictureUnit unit : {PictureUnit::picture, PictureUnit::network}) {
    SessionOptions options = at({"mixed3b"});
    options.unit = unit;
    SessionUse use(model(), options, kPicture);
    use.forward(noise_pictures(kPicture, 2));
    gradients.push_back(use.backward({noise(use.target(0), 3)}));
  }
  for (float& value : gradients[1]) value *= 255;
  EXPECT_EQ(gradients[0], gradients[1]);
}

/// What a child of fork() says that goes on with a session of its parent's.
std::string said_by_child(SessionUse& use, const std::vector<float>& picture) {
  std::array<int, 2> ends{};
  if (::pipe(ends.data()) != 0) return "no pipe";
  if (::fork() == 0) {
    ::alarm(60);
    std::string said = "done";
    try {
      use.forward(picture);
    } catch (const Error& error) {
      said = error.what();
    }
    const ssize_t written = ::write(ends[1], said.data(), said.size());
    ::_exit(written == static_cast<ssize_t>(said.size()) ? 0 : 1);
  }
  ::close(ends[1]);
  std::string said(4096, '\0');
  const ssize_t size = ::read(ends[0], said.data(), said.size());
  said.resize(size > 0 ? static_cast<std::size_t>(size) : 0);
  ::close(ends[0]);
  ::wait(nullptr);
  return said;
}

TEST(SessionOnADevice, DoesNotOutliveAFork) {
  const std::vector<float> picture = noise_pictures(kPicture, 2);
  SessionUse host(model(), at({"conv2d0"}), kPicture);
  SessionUse gpu(model(), at({"conv2d0"}), kPicture, Device(test::make_simulated_gpu(), Precision::fp32));
  host.forward(picture);
  gpu.forward(picture);
  EXPECT_EQ(said_by_child(host, picture), "done");
  const std::string said = said_by_child(gpu, picture);
  EXPECT_NE(said.find("opened before this process was forked"), std::string::npos) << said;
  gpu.forward(picture);
}

/// Memory the host cannot touch, and maps whose channels lie between those of others.
TEST(SessionOnADevice, IsTheProcessors) {
  const std::vector<std::string> layers = {"mixed4a_1x1", "mixed4a_3x3", "mixed3b:pre"};
  const std::vector<float> picture = noise_pictures(kPicture, 2);
  SessionOptions options = at(layers);
  options.push = true;
  SessionUse host(model(), options, kPicture);
  SessionUse gpu(model(), options, kPicture, Device(test::make_simulated_gpu(), Precision::fp32));
  const auto expected = host.forward(picture);
  const auto values = gpu.forward(picture);
  std::vector<std::vector<float>> cotangents;
  for (int i = 0; i < 3; ++i) {
    const auto index = static_cast<std::size_t>(i);
    EXPECT_LE(relative_l2(values[index], expected[index]), 1e-5) << layers[index];
    cotangents.push_back(noise(host.target(i), 3));
  }
  EXPECT_LE(relative_l2(gpu.backward(cotangents), host.backward(cotangents)), 1e-4);
  const auto pushed = gpu.push(picture);
  const auto expected_push = host.push(picture);
  for (std::size_t i = 0; i < layers.size(); ++i)
    EXPECT_LE(relative_l2(pushed[i], expected_push[i]), 1e-4) << layers[i];

  SessionOptions tail = at({"logits"});
  tail.start = "mixed4d";
  tail.push = true;
  const Extents map{2, 528, 5, 4};
  SessionUse host_tail(model(), tail, map);
  SessionUse gpu_tail(model(), tail, map, Device(test::make_simulated_gpu(), Precision::fp32));
  const std::vector<float> start = noise(map, 5);
  EXPECT_LE(relative_l2(gpu_tail.forward(start).front(), host_tail.forward(start).front()), 1e-5);
  const std::vector<float> cotangent = noise(host_tail.target(0), 6);
  EXPECT_LE(relative_l2(gpu_tail.backward({cotangent}), host_tail.backward({cotangent})), 1e-4);
  EXPECT_LE(relative_l2(gpu_tail.push(start).front(), host_tail.push(start).front()), 1e-4);
}

TEST(SessionMistakes, AreOneLine) {
  const auto opening = [](SessionOptions options) {
    return refusal([&] { Session session(model(), options); });
  };
  EXPECT_EQ(refusal([] { Session session(nullptr, at({"mixed4a"})); }), "a session needs a model");
  EXPECT_EQ(opening(at({"mixed9z"})),
            "unknown layer 'mixed9z': did you mean 'mixed3a'? ('limpid layers' lists them all)");
  EXPECT_EQ(opening(at({"mixed4a", "inception_4a/output"})), "'inception_4a/output' is a target twice");
  SessionOptions start = at({"mixed4d"});
  start.start = "mixed4a:pre";
  EXPECT_NE(opening(start), "no error");

  Session session(model(), at({"mixed4a"}));
  std::vector<float> room(count_of({2, 512, 72, 64}));
  const auto view = [&](const Extents& e) { return dense_view(room.data(), e); };
  const TensorView<const float> cotangent = view(session.target_extents(0, 1, 72, 64));
  const TensorView<float> two[] = {view({1, 508, 4, 4}), view({1, 508, 4, 4})};
  EXPECT_EQ(refusal([&] {
              session.backward({&cotangent, 1}, view(kPicture));
            }),
            "a backward pass needs a forward pass before it");
  EXPECT_EQ(refusal([&] {
              session.forward(view({1, 4, 72, 64}), {});
            }),
            "the input has 3 channels, and 4 were given");
  EXPECT_EQ(refusal([&] {
              session.forward(view({0, 3, 72, 64}), {});
            }),
            "a batch of 0 images: it is 1 to 4096");
  EXPECT_EQ(refusal([&] {
              session.forward(view({1, 3, 72, 9000}), {});
            }),
            "an input of 72x9000: each side is 1 to 8192");
  Session strict(std::make_shared<const Model>(synthetic_model("bvlc_googlenet", 1)), at({"mixed4a"}));
  EXPECT_EQ(refusal([&] {
              strict.forward(view({1, 3, 2, 2}), {});
            }),
            "an input of 2x2 is too small for mixed4a: the least is 23x23");
  EXPECT_EQ(refusal([&] { session.forward(dense_view<float>(nullptr, kPicture), {}); }),
            "the input has no data");
  EXPECT_EQ(refusal([&] { session.forward(view(kPicture), two); }),
            "the session has 1 targets, and 2 outputs were given");
  EXPECT_EQ(refusal([&] {
              session.forward(view(kPicture), {two, 1});
            }),
            "mixed4a is 1x508x5x4 (images, channels, height, width), and 1x508x4x4 was given");
  EXPECT_EQ(refusal([&] {
              session.backward({&cotangent, 1}, view(kPicture));
            }),
            "a backward pass needs a forward pass before it");
  session.forward(view(kPicture), {});
  EXPECT_EQ(refusal([&] { session.backward({}, view(kPicture)); }),
            "the session has 1 targets, and 0 cotangents were given");
  EXPECT_EQ(refusal([&] {
              session.backward({&cotangent, 1}, view({1, 3, 72, 72}));
            }),
            "the gradient is 1x3x72x64 (images, channels, height, width), and 1x3x72x72 was given");
  EXPECT_EQ(refusal([&] { session.target_extents(1, 1, 72, 64); }),
            "the session has no target 1: they are 0 to 0");

  SessionOptions forward_only = at({"mixed4a"});
  forward_only.backward = false;
  Session looking(model(), forward_only);
  looking.forward(view(kPicture), {});
  EXPECT_EQ(refusal([&] {
              looking.backward({&cotangent, 1}, view(kPicture));
            }),
            "the session was opened without a backward pass");
  EXPECT_EQ(refusal([&] { looking.push(view(kPicture), {}); }),
            "the session was opened without a pass along tangents");
}

/// One of two threads in the same session at once is told, and nothing is disturbed.
TEST(SessionMistakes, TwoThreadsAtOnceAreTold) {
  SessionUse use(model(), at({"mixed3b"}), {1, 3, 224, 224});
  const std::vector<float> picture = noise_pictures({1, 3, 224, 224}, 2);
  const auto expected = use.forward(picture);
  std::atomic<int> refused = 0;
  const auto call = [&] {
    for (int i = 0; i < 40; ++i) {
      try {
        EXPECT_EQ(use.forward(picture), expected);
      } catch (const Error& error) {
        ++refused;
        EXPECT_EQ(error.exit_code(), 2);
        EXPECT_STREQ(error.what(),
                     "a session is used by two threads at once: give each thread one of its own");
      }
    }
  };
  std::thread other(call);
  call();
  other.join();
  EXPECT_GT(refused, 0);
}

}  // namespace
}  // namespace limpid::session_test
