// Rendering through the public API.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "engine/limpid.hpp"
#include "kernels/core/error.h"
#include "tests/engine/refusal.h"
#include "weights/synthetic.h"

namespace limpid::render_test {
namespace {

using test::refusal;

const Model& model() {
  static const Model instance = synthetic_model("limpid_default", 1);
  return instance;
}

RenderOptions options(const std::string& objective = "mixed3a:5") {
  RenderOptions o;
  o.objective = parse_objective(objective, model());
  o.height = 48;
  o.width = 37;
  o.steps = 12;
  o.compute.threads = 2;
  return o;
}

std::string message_of(const RenderOptions& o) {
  return refusal([&] { render(model(), o); });
}

TEST(Render, KeepsTheSnapshotsAskedForAndTheLast) {
  RenderOptions o = options();
  o.thresholds = {3, 7};
  const RenderResult result = render(model(), o);
  ASSERT_EQ(result.snapshots.size(), 3U);
  EXPECT_EQ(result.snapshots[0].step, 3);
  EXPECT_EQ(result.snapshots[1].step, 7);
  EXPECT_EQ(result.snapshots[2].step, 12);
  EXPECT_EQ(result.objective.size(), 13U);
  for (const Snapshot& snapshot : result.snapshots) {
    EXPECT_EQ(snapshot.image.height, 48);
    EXPECT_EQ(snapshot.image.width, 37);
    ASSERT_EQ(snapshot.image.rgb.size(), 48U * 37 * 3);
    EXPECT_TRUE(std::all_of(snapshot.image.rgb.begin(), snapshot.image.rgb.end(),
                            [](float x) { return x >= 0 && x <= 1; }));
  }
}

TEST(Render, ASnapshotIsWhatAShorterRenderEndsWith) {
  RenderOptions o = options();
  o.thresholds = {7};
  const RenderResult whole = render(model(), o);
  o.thresholds = {};
  o.steps = 7;
  const RenderResult part = render(model(), o);
  EXPECT_EQ(whole.snapshots.front().image.rgb, part.snapshots.back().image.rgb);
}

TEST(Render, ReportsEveryStepAndStopsWhenAsked) {
  int calls = 0;
  const RenderResult result = render(model(), options(), [&](const RenderProgress& p) {
    ++calls;
    EXPECT_EQ(p.step, calls);
    EXPECT_EQ(p.steps, 12);
    return p.step < 4;
  });
  EXPECT_EQ(calls, 4);
  ASSERT_EQ(result.snapshots.size(), 1U);
  EXPECT_EQ(result.snapshots.front().step, 4);
}

TEST(Render, FramesAreThePicturesOnTheWay) {
  RenderOptions o = options();
  o.steps = 8;
  o.thresholds = {3, 6};
  std::vector<Snapshot> frames;
  const RenderResult result = render(model(), o, {}, {3, [&](int step, const Image& image) {
                                                        frames.push_back({step, image});
                                                      }});
  ASSERT_EQ(frames.size(), result.snapshots.size());
  for (std::size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(frames[i].step, result.snapshots[i].step);
    EXPECT_EQ(frames[i].image.rgb, result.snapshots[i].image.rgb);
  }
  EXPECT_EQ(frames.back().step, 8);
}

TEST(Render, EveryOptimiserAndPoolClimbs) {
  const auto climbs = [](const RenderOptions& o) {
    const RenderResult result = render(model(), o);
    EXPECT_GT(result.objective.back(), result.objective.front());
    return result.snapshots.back().image.rgb;
  };
  std::vector<std::vector<float>> pictures = {climbs(options())};
  RenderOptions o = options();
  o.update.optimiser = Optimiser::nadam;
  pictures.push_back(climbs(o));
  o = options();
  o.update.optimiser = Optimiser::ascent;
  o.update.normalise_gradient = true;
  pictures.push_back(climbs(o));
  o.update.optimiser = Optimiser::momentum;
  pictures.push_back(climbs(o));
  o.update.normalise_gradient = false;
  pictures.push_back(climbs(o));
  o = options();
  o.update.epsilon_form = EpsilonForm::uncorrected;
  pictures.push_back(climbs(o));
  for (const PoolGradient pool : {PoolGradient::average, PoolGradient::l2}) {
    o = options();
    o.gradient.pool = pool;
    pictures.push_back(climbs(o));
  }
  o = options();
  o.update.schedule = RateSchedule::cosine;
  o.update.warmup_steps = 3;
  pictures.push_back(climbs(o));
  std::sort(pictures.begin(), pictures.end());
  EXPECT_EQ(std::adjacent_find(pictures.begin(), pictures.end()), pictures.end()) << "two are the same";
}

TEST(Render, NormalisedStepsDoNotDependOnTheObjectivesSize) {
  RenderOptions o = options();
  o.update.optimiser = Optimiser::ascent;
  o.update.normalise_gradient = true;
  o.steps = 3;
  const std::vector<float> picture = render(model(), o).snapshots.back().image.rgb;
  o.objective = o.objective.scaled(1024);  // Exact in every product; the network is not asked again.
  const std::vector<float> scaled = render(model(), o).snapshots.back().image.rgb;
  ASSERT_EQ(picture.size(), scaled.size());
  for (std::size_t i = 0; i < picture.size(); ++i) ASSERT_NEAR(picture[i], scaled[i], 1e-5F) << i;
}

TEST(Render, NegativeGoesDownAndPositiveUp) {
  RenderOptions o = options("mixed3a:5:pre");
  const RenderResult up = render(model(), o);
  EXPECT_GT(up.objective.back(), up.objective.front());
  o.objective = o.objective.scaled(-1);
  const RenderResult down = render(model(), o);
  // The value is that of the weighted objective, which is ascended: -T.
  EXPECT_GT(down.objective.back(), down.objective.front());
  EXPECT_LT(-down.objective.back(), up.objective.front());
}

TEST(Render, PixelsAndPlainColoursClimbToo) {
  RenderOptions o = options("mixed3a:5:pre");
  o.parameters = Pixel{};
  o.colour.decorrelate = false;
  o.view.transforms = {};
  const RenderResult result = render(model(), o);
  EXPECT_GT(result.objective.back(), result.objective.front());
}

TEST(Render, RefusesWhatCannotBe) {
  RenderOptions o = options();
  o.height = 0;
  EXPECT_EQ(message_of(o), "size 0x37: expected N or HxW, each side from 1 to 8192 pixels");
  o = options();
  o.width = 100000;
  EXPECT_EQ(message_of(o), "size 48x100000: expected N or HxW, each side from 1 to 8192 pixels");
  o = options();
  o.steps = 0;
  EXPECT_EQ(message_of(o), "steps 0: expected a whole number from 1 to 1000000");
  o = options();
  o.thresholds = {13};
  EXPECT_EQ(message_of(o), "threshold 13 is out of range: 1 to the number of steps, 12");
  o = options();
  o.update.learning_rate = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(message_of(o), "learning_rate nan: expected a number above 0, at most 1000000000");
  o = options();
  o.update.warmup_steps = 12;
  EXPECT_EQ(message_of(o),
            "a warm-up of 12 steps is out of range: 0 to one less than the number of steps, 11");
  o = options();
  o.update.normalise_gradient = true;
  EXPECT_EQ(message_of(o),
            "only ascent and momentum take a normalised gradient; Adam and NAdam scale it themselves");
  o = options();
  o.gradient.relu_updates = -1;
  EXPECT_EQ(message_of(o), "redirected_relu -1: expected a whole number from 0 to 2147483647");
  o = options();
  o.view.draws = 2;
  o.view.transforms = parse_transforms("lucid: jitter(2)");
  EXPECT_EQ(message_of(o), "2 draws a step: views as a peer makes them are one draw for all, so give 1");
  o = options();
  o.parameters = Spectral{.amplitude = 0};
  EXPECT_EQ(message_of(o), "amplitude 0: expected a number above 0, at most 1000000000");
  o = options();
  o.patience = -1;
  EXPECT_EQ(message_of(o), "patience -1: expected a whole number from 0 to 2147483647");
  o = options();
  o.restarts = 0;
  EXPECT_EQ(message_of(o), "restarts 0: expected a whole number from 1 to 10000");
}

}  // namespace
}  // namespace limpid::render_test
