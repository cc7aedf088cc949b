// Rendering through the public API.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>

#include "engine/limpid.hpp"
#include "kernels/core/error.h"
#include "weights/synthetic.h"

namespace limpid {
namespace {

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
  try {
    render(model(), o);
  } catch (const Error& e) {
    EXPECT_EQ(e.exit_code(), 2);
    return e.what();
  }
  return "no error";
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
  o.parameterisation = Parameterisation::pixel;
  o.decorrelate_colour = false;
  o.transforms = {};
  const RenderResult result = render(model(), o);
  EXPECT_GT(result.objective.back(), result.objective.front());
}

TEST(Render, RefusesWhatCannotBe) {
  RenderOptions o = options();
  o.height = 0;
  EXPECT_EQ(message_of(o), "size 0x37 is out of range: each side is 1 to 8192 pixels");
  o = options();
  o.width = 100000;
  EXPECT_EQ(message_of(o), "size 48x100000 is out of range: each side is 1 to 8192 pixels");
  o = options();
  o.steps = 0;
  EXPECT_EQ(message_of(o), "0 steps are out of range: 1 to 1000000");
  o = options();
  o.thresholds = {13};
  EXPECT_EQ(message_of(o), "threshold 13 is out of range: 1 to the number of steps, 12");
  o = options();
  o.learning_rate = std::numeric_limits<float>::quiet_NaN();
  EXPECT_EQ(message_of(o), "learning rate nan must be positive");
}

}  // namespace
}  // namespace limpid
