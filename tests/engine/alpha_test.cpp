// Pictures with alpha: their random backgrounds, their gradient, their lanes, and what they cannot be.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <complex>
#include <memory>
#include <numbers>
#include <random>
#include <string>
#include <vector>

#include "engine/image/backgrounds.h"
#include "engine/image/over_white.h"
#include "engine/image/quantise.h"
#include "engine/image/side_by_side.h"
#include "engine/limpid.hpp"
#include "engine/network/threads.h"
#include "engine/optimize/lane.h"
#include "engine/optimize/lane_plan.h"
#include "kernels/core/error.h"
#include "kernels/device_array.h"
#include "kernels/ops/initialise_parameters.h"
#include "tests/engine/lane_run.h"
#include "tests/engine/refusal.h"
#include "tests/engine/simulated_gpu.h"
#include "weights/synthetic.h"

namespace limpid::alpha_test {
namespace {

using test::LaneOutcome;
using test::refusal;
using test::run_among;

constexpr int kHeight = 45, kWidth = 62;
constexpr std::size_t kPixels = kHeight * kWidth;

const Model& model() {
  static const Model instance = synthetic_model("limpid_default", 1);
  return instance;
}

/// A photo for every name.
class SomePhotos final : public ObjectiveFiles {
 public:
  std::shared_ptr<const Image> photo(const std::string&) override {
    Image image{kHeight, kWidth, {}};
    std::mt19937 random(5);
    for (std::size_t i = 0; i < 3 * kPixels; ++i) {
      image.rgb.push_back(static_cast<float>(random() % 256) / 255);
    }
    return std::make_shared<const Image>(image);
  }
  std::shared_ptr<const FeatureVectors> vectors(const std::string&, int) override { return nullptr; }
};

RenderOptions options(const char* objective = "conv2d2:5 - 0.5*alpha") {
  SomePhotos files;
  RenderOptions o;
  o.objective = parse_objective(objective, model(), &files);
  o.height = kHeight;
  o.width = kWidth;
  o.steps = 8;
  o.colour.alpha = true;
  o.compute.threads = 2;
  return o;
}

std::shared_ptr<const Mask> mask_of_everything() {
  return std::make_shared<const Mask>(Mask{"m.png", "", kHeight, kWidth, std::vector<float>(kPixels, 1.0F)});
}

// ---- Backgrounds ------------------------------------------------------------------------------------------

std::vector<float> drawn(const std::vector<SlotKey>& keys, int h, int w, bool grayscale,
                         const ColourRule& rule, int thread_count = 2) {
  HostThreads threads(thread_count);
  const auto backend = cpu::make_backend();
  ImageForm form;
  form.grayscale = grayscale;
  form.alpha = true;
  form.parameters = Spectral{.decay_power = 3};  // Of the pictures, not of their backgrounds.
  const int batch = static_cast<int>(keys.size());
  StepPlan plan;
  StepBuilder step(plan);
  const int key_buffer = step.kept("keys", keys.size() * sizeof(SlotKey));
  const StepPlanes rgb = draw_backgrounds(step, form, rule, batch, h, w, key_buffer);
  EXPECT_TRUE(rgb.n == batch && rgb.c == 3 && rgb.h == h && rgb.w == w);
  const StepBinder binder(*backend, threads.stream(), {{&plan}});
  binder.kept<SlotKey>(key_buffer).upload(threads.stream(), 0, keys);
  for (const BoundStepOp& op : binder.bind_before(0, nullptr)) op.run(threads.stream());
  const auto* values = static_cast<const float*>(binder.find(rgb.buffer));
  return {values, values + rgb.elements()};
}

/// lucid's formula, term by term, of the same normal values.
std::vector<double> defined(const SlotKey& key, int h, int w, bool grayscale, const ColourMatrix& matrix) {
  const int columns = w / 2 + 1, planes = grayscale ? 1 : 3;
  const std::int64_t count = std::int64_t{2} * h * columns * planes;
  std::vector<float> normal(static_cast<std::size_t>(count));
  HostThreads threads(1);
  cpu::initialise_parameters(threads.stream(), {normal.data(), &key, 1, count, 1, RandomPurpose::background});
  const double pixels = 1.0 * h * w;
  std::vector<double> latent;
  for (int plane = 0; plane < planes; ++plane) {
    for (int y = 0; y < h; ++y) {
      for (int x = 0; x < w; ++x) {
        double sum = 0;
        for (int ky = 0; ky < h; ++ky) {
          for (int kx = 0; kx < columns; ++kx) {
            const double fy = (ky <= h / 2 ? ky : ky - h) / static_cast<double>(h);
            const double fx = kx / static_cast<double>(w);
            const double f = std::max(std::hypot(fx, fy), 1.0 / std::max(h, w));
            const float* value = &normal[static_cast<std::size_t>(2 * ((plane * h + ky) * columns + kx))];
            const std::complex<double> coefficient(static_cast<double>(value[0]),
                                                   static_cast<double>(value[1]));
            const double angle =
                2 * std::numbers::pi * (ky * y / static_cast<double>(h) + kx * x / static_cast<double>(w));
            const double mirrored = kx == 0 || 2 * kx == w ? 1 : 2;
            sum += mirrored * std::sqrt(pixels) / f * 0.5 * (coefficient * std::polar(1.0, angle)).real();
          }
        }
        latent.push_back(sum / pixels / 4);
      }
    }
  }
  std::vector<double> rgb;
  for (std::size_t row = 0; row < 3; ++row) {
    for (std::size_t i = 0; i < static_cast<std::size_t>(h * w); ++i) {
      double x = grayscale ? latent[i] : 0;
      for (std::size_t axis = 0; axis < 3 && !grayscale; ++axis) {
        x +=
            static_cast<double>(matrix.value[row][axis]) * latent[axis * static_cast<std::size_t>(h * w) + i];
      }
      rgb.push_back(1 / (1 + std::exp(-x)));
    }
  }
  return rgb;
}

TEST(Backgrounds, AreLucidsFormulaOfTheirKeysValues) {
  for (const auto& [h, w] : {std::pair{8, 12}, {9, 7}}) {
    for (const bool gray : {false, true}) {
      ColourRule rule;
      rule.squash = Squash::clip;  // Of the pictures: backgrounds have a sigmoid whatever theirs.
      rule.offset = kMeanColour;
      const std::vector<SlotKey> keys = {{3, 0, 11}, {0x123456789abcULL, 2, 700}};
      const std::vector<float> actual = drawn(keys, h, w, gray, rule);
      for (std::size_t n = 0; n < keys.size(); ++n) {
        const std::vector<double> expected = defined(keys[n], h, w, gray, rule.matrix);
        double spread = 0;
        for (std::size_t i = 0; i < expected.size(); ++i) {
          // A transform of a hundred coefficients and a sigmoid, of slope a quarter.
          ASSERT_NEAR(static_cast<double>(actual[n * expected.size() + i]), expected[i], 2e-6) << i;
          spread = std::max(spread, std::abs(expected[i] - 0.5));
        }
        EXPECT_GT(spread, 0.1) << "nothing is proved by gray";
      }
    }
  }
}

TEST(Backgrounds, AreFreshAtEachStepAndTheSameForTheSameKey) {
  const SlotKey early{7, 1, 4}, late{7, 1, 5}, sister{7, 2, 4};
  const std::vector<float> all = drawn({early, late, sister}, 33, 20, false, {}, 3);
  const std::size_t each = all.size() / 3;
  const auto part = [&](std::size_t n) {
    return std::vector<float>(all.begin() + static_cast<std::ptrdiff_t>(n * each),
                              all.begin() + static_cast<std::ptrdiff_t>((n + 1) * each));
  };
  EXPECT_EQ(part(0), drawn({early}, 33, 20, false, {}, 1));
  EXPECT_EQ(part(1), drawn({late}, 33, 20, false, {}, 2));
  EXPECT_EQ(part(2), drawn({sister}, 33, 20, false, {}, 2));
  EXPECT_NE(part(0), part(1));
  EXPECT_NE(part(0), part(2));
}

// ---- Lanes ------------------------------------------------------------------------------------------------

struct Way {
  const char* name;
  Parameterisation kind = Parameterisation::spectral;
  const char* objective = "conv2d2:5 - 0.5*alpha";
  const char* transforms = "jitter(3)";
  bool grayscale = false;
  Squash squash = Squash::sigmoid;
  int images = 1;
};

const Way kWays[] = {
    {"Spectral"},
    {"Pixel", Parameterisation::pixel},
    {"Pyramid", Parameterisation::pyramid},
    {"Cppn", Parameterisation::cppn},
    {"Gray", Parameterisation::spectral, "conv2d2:5 - 0.5*alpha", "jitter(3)", true},
    {"Clip", Parameterisation::spectral, "conv2d2:5 - 0.5*alpha", "jitter(3)", false, Squash::clip},
    {"Blur", Parameterisation::spectral, "conv2d2:5 - alpha - 0.001*tv", "blur(1) noise(0.1)"},
    {"Photo", Parameterisation::spectral, "conv2d2:5 + match(a.png, conv2d1) - 0.1*distance(a.png) - alpha"},
    {"Images", Parameterisation::spectral, "conv2d2:5 + 0.1*diversity(conv2d2) - alpha", "jitter(3)", false,
     Squash::sigmoid, 2},
};

RenderOptions options_of(const Way& way) {
  RenderOptions o = options(way.objective);
  o.parameters = parameters_of(way.kind);
  o.update.learning_rate = way.kind == Parameterisation::cppn ? 0.005F : 0.05F;
  o.view.transforms = parse_transforms(way.transforms);
  o.colour.grayscale = way.grayscale;
  o.colour.squash = way.squash;
  o.images = way.images;
  o.seed = 40;
  return o;
}

class AlphaLane : public ::testing::TestWithParam<Way> {};

TEST_P(AlphaLane, SameBytesWhateverTheSlotAndTheThreads) {
  const RenderOptions o = options_of(GetParam());
  const auto backend = cpu::make_backend();
  const LaneOutcome alone = run_among(*backend, model(), o, 1, 0, 1);
  const std::size_t pixels = kPixels * static_cast<std::size_t>(o.images);
  ASSERT_EQ(alone.image.alpha.size(), pixels);
  EXPECT_TRUE(std::all_of(alone.image.alpha.begin(), alone.image.alpha.end(),
                          [](float alpha) { return alpha > 0 && alpha < 1; }));
  EXPECT_TRUE(run_among(*backend, model(), o, 1, 0, 3) == alone) << "threads";
  EXPECT_TRUE(run_among(*backend, model(), o, 3, 2, 2) == alone) << "slot";
}

/// On a device whose operations run in any order that their edges allow. Convolutions round differently
/// there, and steps of Adam are of one size however small a gradient: pictures are alike, not equal.
TEST_P(AlphaLane, IsAlikeOnADevice) {
  const RenderOptions o = options_of(GetParam());
  const auto gpu = test::make_simulated_gpu();
  const auto cpu = cpu::make_backend();
  const LaneOutcome here = run_among(*cpu, model(), o, 2, 1, 2), there = run_among(*gpu, model(), o, 2, 1, 2);
  ASSERT_EQ(there.image.alpha.size(), here.image.alpha.size());
  for (std::size_t i = 0; i < here.values.size(); ++i) {
    EXPECT_NEAR(there.values[i], here.values[i], 0.02 * (std::abs(here.values[i]) + 1)) << i;
  }
  double apart = 0;
  for (std::size_t i = 0; i < here.image.alpha.size(); ++i) {
    apart += std::abs(static_cast<double>(here.image.alpha[i] - there.image.alpha[i]));
  }
  EXPECT_LT(apart / static_cast<double>(here.image.alpha.size()), 0.02);
}

/// Two slots of one start go up and down its gradient g0 by a rate r; what the next step sees, with its own
/// background and view, is f1. By differences f1(+r g0) - f1(-r g0) is 2 r <g1, g0>, to the second order,
/// with g1 the mean of both slots' gradients of f1. Updates along the gradient show what it was. A mask over
/// everything leaves the alpha alone to move.
TEST_P(AlphaLane, GradientAgreesWithDifferencesOfTheWholeObjective) {
  for (const bool alpha_alone : {false, true}) {
    SCOPED_TRACE(alpha_alone);
    RenderOptions o = options_of(GetParam());
    if (alpha_alone) o.start.mask = mask_of_everything();
    HostThreads threads(2);
    const auto backend = cpu::make_backend();
    LaneSpec spec = lane_for(model(), o, false);
    spec.slots = 2;
    Lane lane(*backend, threads.stream(), model(), spec);
    SlotJob job = slot_job(o);
    job.redirected_relu = 0;
    job.update.optimiser = Optimiser::ascent;
    const auto start = [&](float rate) {
      for (const int slot : {0, 1}) {
        job.update.rate = slot == 0 ? rate : -rate;
        lane.start(slot, job);
      }
    };
    start(1);
    const std::vector<float> first = lane.parameters(0);
    EXPECT_EQ(lane.parameters(1), first);
    lane.step();
    const std::vector<float> trial = lane.parameters(0);
    float longest = 0, largest = 0;
    for (std::size_t i = 0; i < first.size(); ++i) {
      longest = std::max(longest, std::abs(trial[i] - first[i]));
      largest = std::max(largest, std::abs(first[i]));
    }
    ASSERT_GT(longest, 0);
    // No parameter moves by more than a part of the largest: enough to stand out from rounding, a few 1e-6 of
    // the value, where there is none yet to bend much. A CPPN bends soonest; single pixels move least.
    const float part = o.kind() == Parameterisation::cppn    ? 0.001F
                       : o.kind() == Parameterisation::pixel ? 0.1F
                       : alpha_alone                         ? 0.05F
                                                             : 0.01F;
    const float rate = part * largest / longest;
    start(rate);
    lane.step();
    const std::vector<float> up = lane.parameters(0), down = lane.parameters(1);
    lane.evaluate();
    lane.synchronise();
    const double difference = lane.value(0) - lane.value(1);
    lane.step();
    const std::vector<float> up_next = lane.parameters(0), down_next = lane.parameters(1);
    double expected = 0, of_colours = 0;
    const ParameterLayout layout = parameter_layout(spec.image, kHeight, kWidth);
    for (std::size_t i = 0; i < first.size(); ++i) {
      const auto wide = [i](const std::vector<float>& values) { return static_cast<double>(values[i]); };
      const double gradient =
          (wide(up_next) - wide(up) - wide(down_next) + wide(down)) / (2 * static_cast<double>(rate));
      const double change = (wide(up) - wide(down)) * gradient / spec.images;
      expected += change;
      const std::int64_t plane = static_cast<std::int64_t>(i) % layout.total() / layout.count;
      if (plane < layout.planes - 1) of_colours += std::abs(change);
    }
    EXPECT_NE(difference, 0);
    EXPECT_NEAR(difference, expected, 0.05 * std::abs(expected));
    EXPECT_EQ(of_colours == 0, alpha_alone || layout.planes == 1);
  }
}

INSTANTIATE_TEST_SUITE_P(All, AlphaLane, ::testing::ValuesIn(kWays),
                         [](const auto& info) { return std::string(info.param.name); });

TEST(AlphaJob, ThePenaltyMakesPicturesTransparentAndItsValueIsTheirMeanAlpha) {
  RenderOptions o = options("0.0001*conv2d2:5 - alpha");
  o.watch = {parse_watched("alpha", model())};
  o.steps = 24;
  const RenderResult result = render(model(), o);
  const std::vector<float>& alpha = result.snapshots.back().image.alpha;
  ASSERT_EQ(alpha.size(), kPixels);
  double mean = 0;
  for (const float a : alpha) mean += static_cast<double>(a) / static_cast<double>(kPixels);
  EXPECT_NEAR(result.watched[0].front(), 0.5, 0.02);
  EXPECT_LT(mean, 0.4);
  EXPECT_NEAR(result.watched[0].back(), mean, 1e-12);
}

TEST(AlphaJob, SeesAnotherBackgroundAtEachStep) {
  RenderOptions o = options("conv2d2:5");
  o.view.transforms.list.clear();
  HostThreads threads(2);
  const auto backend = cpu::make_backend();
  Lane lane(*backend, threads.stream(), model(), lane_for(model(), o, false));
  SlotJob job = slot_job(o);
  job.update.rate = 0;
  lane.start(0, job);
  for (int i = 0; i < 3; ++i) lane.step();
  const std::vector<double> values = lane.curve(0);
  EXPECT_NE(values[0], values[1]);
  EXPECT_NE(values[1], values[2]);
  lane.start(0, job);
  for (int i = 0; i < 3; ++i) lane.step();
  EXPECT_EQ(lane.curve(0), values);
}

TEST(AlphaJob, FromAPhotoStartsAsThatPhotoAndOpaque) {
  SomePhotos files;
  for (const Parameterisation kind : {Parameterisation::spectral, Parameterisation::pixel}) {
    RenderOptions o = options();
    o.parameters = parameters_of(kind);
    o.start.photo = std::make_shared<const Photo>(Photo{"a.png", "", *files.photo("a.png")});
    HostThreads threads(2);
    const auto backend = cpu::make_backend();
    Lane lane(*backend, threads.stream(), model(), lane_for(model(), o, false));
    lane.start(0, slot_job(o));
    const Image image = lane.picture(0);
    EXPECT_EQ(quantise(image), quantise(o.start.photo->image));
    for (const float alpha : image.alpha) ASSERT_EQ(quantise(alpha), 255);
    const Image seen = over_white(image);
    for (std::size_t i = 0; i < seen.rgb.size(); ++i) {
      ASSERT_NEAR(seen.rgb[i], o.start.photo->image.rgb[i], 1.0 / 255) << i;
    }
  }
}

TEST(AlphaJob, AMaskKeepsColoursAndNotTheAlpha) {
  SomePhotos files;
  RenderOptions o = options("conv2d2:5 - 5*alpha");
  o.start.photo = std::make_shared<const Photo>(Photo{"a.png", "", *files.photo("a.png")});
  o.start.mask = mask_of_everything();
  const Image image = render(model(), o).snapshots.back().image;
  EXPECT_EQ(image.rgb, o.start.photo->image.rgb);
  EXPECT_TRUE(std::any_of(image.alpha.begin(), image.alpha.end(), [](float a) { return a < 0.998F; }));
}

/// As a lane without alpha sees the composed picture; a photo it is compared with is opaque in both.
TEST(AlphaJob, TheNetworkSeesThePictureBeforeItsBackgroundAndPhotosOpaque) {
  SomePhotos files;
  RenderOptions o = options("conv2d2:5");
  o.watch = {parse_watched("match(a.png, conv2d1)", model(), &files)};
  o.start.deviation = 0.5F;
  o.seed = 12;
  o.view.transforms.list.clear();
  HostThreads threads(2);
  const auto backend = cpu::make_backend();
  Lane lane(*backend, threads.stream(), model(), lane_for(model(), o, false));
  lane.start(0, slot_job(o));
  lane.evaluate();
  lane.synchronise();
  Image shown = lane.picture(0);
  const std::vector<float> background = drawn({{o.seed, 0, 0}}, kHeight, kWidth, false, {});
  for (std::size_t i = 0; i < kPixels; ++i) {
    for (std::size_t c = 0; c < 3; ++c) {
      float& colour = shown.rgb[3 * i + c];
      colour = shown.alpha[i] * colour + (1 - shown.alpha[i]) * background[c * kPixels + i];
    }
  }
  shown.alpha.clear();
  RenderOptions opaque = o;
  opaque.colour.alpha = false;
  opaque.start.photo = std::make_shared<const Photo>(Photo{"shown.png", "", shown});
  const RenderResult result = render(model(), opaque);
  // The start goes through the inverse of a sigmoid, a matrix and a transform.
  const double value = result.objective.front(), match = result.watched[0].front();
  EXPECT_NEAR(lane.value(0), value, 1e-4 * std::abs(value));
  EXPECT_NEAR(lane.value(0, 1), match, 1e-4 * std::abs(match));
  EXPECT_LT(match, 0);
}

TEST(AlphaJob, ACppnMakesItsAlphaAtAnySize) {
  RenderOptions o = options();
  o.parameters = Cppn{};
  o.update.learning_rate = 0.005F;
  const Image usual = render(model(), o).snapshots.back().image;
  constexpr int kTall = 2 * (kHeight - 1) + 1, kWide = 2 * (kWidth - 1) + 1;
  o.parameters = Cppn{.output_size = {{kTall, kWide}}};
  const Image twice = render(model(), o).snapshots.back().image;
  ASSERT_EQ(twice.alpha.size(), static_cast<std::size_t>(kTall) * static_cast<std::size_t>(kWide));
  for (int y = 0; y < kHeight; ++y) {
    for (int x = 0; x < kWidth; ++x) {
      ASSERT_NEAR(twice.alpha[static_cast<std::size_t>(2 * y * kWide + 2 * x)],
                  usual.alpha[static_cast<std::size_t>(y * kWidth + x)], 1e-4);
    }
  }
}

TEST(AlphaJob, JobsWithAndWithoutShareNoLane) {
  RenderOptions o = options("conv2d2:5");
  const LaneSpec with = lane_for(model(), o, true);
  o.colour.alpha = false;
  EXPECT_FALSE(fits(with, lane_for(model(), o, true)));
  EXPECT_FALSE(fits(lane_for(model(), o, true), with));
}

std::string message_of(const RenderOptions& o) {
  return refusal([&] { check_render_options(o); });
}

TEST(AlphaOptions, RefuseWhatCannotBe) {
  RenderOptions o = options();
  EXPECT_EQ(message_of(o), "no error");
  o.colour.alpha = false;
  EXPECT_EQ(message_of(o), "the objective has the term alpha and the picture none: --alpha gives it one");
  o = options("conv2d2:5");
  o.colour.alpha = false;
  o.watch = {parse_watched("alpha", model())};
  EXPECT_EQ(message_of(o), "the objective has the term alpha and the picture none: --alpha gives it one");
  o = options();
  o.parameters = Maco{};
  EXPECT_EQ(message_of(o),
            "the parameterisation maco has no alpha; spectral, pixel, pyramid and cppn have one");
}

// ---- Pictures ---------------------------------------------------------------------------------------------

TEST(AlphaPictures, StandSideBySideWithTheirAlpha) {
  const Image left{2, 1, {1, 2, 3, 4, 5, 6}, {0.1F, 0.2F}}, right{2, 1, {7, 8, 9, 10, 11, 12}, {0.3F, 0.4F}};
  const Image both = side_by_side({left, right});
  EXPECT_EQ(both.rgb, (std::vector<float>{1, 2, 3, 7, 8, 9, 4, 5, 6, 10, 11, 12}));
  EXPECT_EQ(both.alpha, (std::vector<float>{0.1F, 0.3F, 0.2F, 0.4F}));
}

TEST(AlphaPictures, OverWhiteAreOpaque) {
  const Image image{1, 3, {0.25F, 0, 1, 0.5F, 0, 1, 0.5F, 0, 1}, {1, 0, 0.5F}};
  const Image white = over_white(image);
  EXPECT_EQ(white.rgb, (std::vector<float>{0.25F, 0, 1, 1, 1, 1, 0.75F, 0.5F, 1}));
  EXPECT_TRUE(white.alpha.empty());
  EXPECT_EQ(over_white(white).rgb, white.rgb);
}

}  // namespace
}  // namespace limpid::alpha_test
