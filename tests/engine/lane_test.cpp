// Optimisation steps: reproducible, independent of neighbours, and without allocation.
#include "engine/optimize/lane.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <string>
#include <vector>

#include "engine/network/threads.h"
#include "engine/optimize/lane_plan.h"
#include "kernels/core/error.h"
#include "tests/sanitized.h"
#include "weights/synthetic.h"

namespace limpid::lane_test {
namespace {

const Model& model() {
  static const Model instance = synthetic_model("bvlc_googlenet", 1);
  return instance;
}

/// Every operation that a list can ask for.
constexpr const char* kEverything =
    "pad(5,reflect) pad(3,0.2) jitter(4) scale(0.9..1.1) rotate(-10..10) shear(-5..5) homography flip "
    "crop(60x50) blur(0..1) noise(0..0.1) contrast(0.8..1.2) hue(-20..20) jitter(2)";

LaneSpec spec(int slots, const Transforms& transforms = default_transforms()) {
  LaneSpec s;
  s.needs = needs_of(transforms);
  if (transforms.staged()) s.staged = transforms;
  s.goals.targets = {{"mixed3b", false, {}}};
  s.height = 65;
  s.width = 50;
  s.slots = slots;
  return s;
}

SlotJob job(int channel, std::uint64_t seed, const Transforms& transforms = default_transforms()) {
  SlotJob j;
  j.transforms = transforms;
  j.goals.objective = channel_objective("mixed3b", channel);
  j.seed = seed;
  return j;
}

/// Picture and values of a job run in slot `slot` of a lane of `slots`, among other jobs.
struct Outcome {
  std::vector<float> rgb;
  std::vector<double> values;
  bool operator==(const Outcome&) const = default;
};
Outcome run(int slots, int slot, int threads, std::uint64_t seed, bool late_start = false,
            const Transforms& transforms = default_transforms()) {
  HostThreads host(threads);
  const auto backend = cpu::make_backend();
  Lane lane(*backend, host.stream(), model(), spec(slots, transforms));
  for (int i = 0; i < slots; ++i) {
    // A neighbour has a list of its own, as far as the lane can run it.
    if (i != slot)
      lane.start(i, job(30 + i, 100 + static_cast<std::uint64_t>(i), parse_transforms("scale(2)")));
  }
  // A slot that is refilled while its neighbours go on.
  if (late_start) {
    lane.start(slot, job(3, 77));
    for (int i = 0; i < 5; ++i) lane.step();
  }
  lane.start(slot, job(11, seed, transforms));
  Outcome outcome;
  for (int i = 0; i < (test::kSanitized ? 8 : 20); ++i) {
    lane.step();
    lane.synchronise();
    outcome.values.push_back(lane.value(slot));
  }
  EXPECT_EQ(lane.curve(slot), outcome.values);
  EXPECT_EQ(lane.failed_step(slot), 0);
  outcome.rgb = lane.picture(slot).rgb;
  lane.evaluate();
  EXPECT_EQ(lane.picture_looked_at(slot).rgb, outcome.rgb);
  return outcome;
}

TEST(Lane, SameJobSameBytesWhateverTheSlotTheBatchAndTheThreads) {
  const Outcome alone = run(1, 0, 1, 5);
  EXPECT_TRUE(run(1, 0, 1, 5) == alone);
  EXPECT_TRUE(run(1, 0, 2, 5) == alone) << "threads";
  EXPECT_TRUE(run(3, 0, 2, 5) == alone) << "first slot";
  EXPECT_TRUE(run(3, 2, 3, 5) == alone) << "last slot";
  EXPECT_TRUE(run(2, 1, 2, 5, true) == alone) << "refilled slot";
}

TEST(Lane, SameBytesWithEveryTransform) {
  const Transforms all = parse_transforms(kEverything);
  const Outcome alone = run(1, 0, 1, 5, false, all);
  EXPECT_GT(alone.values.back(), alone.values.front());
  EXPECT_TRUE(run(3, 2, 3, 5, false, all) == alone);
  EXPECT_TRUE(run(2, 0, 2, 5, true, all) == alone) << "refilled slot";
}

TEST(Lane, SameBytesWithEachPeersViews) {
  for (const char* text : {"lucid: pad(6) jitter(3) scale(0.9..1.1) rotate(-10..10) jitter(2)",
                           "lucent: pad(6) jitter(3) scale(0.9..1.1) rotate(-10..10) jitter(2)",
                           "captum: scale(0.95,1,1.05) jitter(4)"}) {
    const Transforms transforms = parse_transforms(text);
    const Outcome alone = run(1, 0, 1, 5, false, transforms);
    EXPECT_GT(alone.values.back(), alone.values.front()) << text;
    EXPECT_TRUE(run(1, 0, 2, 5, false, transforms) == alone) << text << ": threads";
    EXPECT_TRUE(run(1, 0, 2, 5, true, transforms) == alone) << text << ": refilled";
  }
}

TEST(Lane, PeersViewsAreOneDrawForAJobsPictures) {
  // Two pictures that start alike, as those of one photo do, and go on alike only under the same views.
  RenderOptions options;
  options.objective = channel_objective("mixed3b", 11);
  options.height = 65;
  options.width = 50;
  options.images = 2;
  options.view.transforms = parse_transforms("lucid: jitter(8) scale(0.9..1.1)");
  options.start.photo = std::make_shared<const Photo>(
      Photo{"photo", "", Image{65, 50, std::vector<float>(std::size_t{3} * 65 * 50, 0.4F)}});
  const auto pictures = [&] {
    HostThreads host(2);
    const auto backend = cpu::make_backend();
    Lane lane(*backend, host.stream(), model(), lane_for(model(), options, false));
    lane.start(0, slot_job(options));
    for (int i = 0; i < 5; ++i) lane.step();
    const std::vector<float> parameters = lane.parameters(0);
    const auto half = parameters.begin() + static_cast<std::ptrdiff_t>(parameters.size() / 2);
    return std::pair{std::vector<float>(parameters.begin(), half),
                     std::vector<float>(half, parameters.end())};
  };
  const auto shared = pictures();
  EXPECT_EQ(shared.first, shared.second);
  options.view.transforms = parse_transforms("jitter(8) scale(0.9..1.1)");
  const auto own = pictures();
  EXPECT_NE(own.first, own.second);
}

TEST(Lane, APositionMustLieOnTheSmallestMap) {
  RenderOptions options;
  options.view.transforms = parse_transforms("lucid: jitter(8) scale(0.9,2)");
  options.objective = parse_objective("mixed3b:11@10,10", model());
  options.height = options.width = 96;  // 79 pixels at least, which are 10 on mixed3b's map.
  HostThreads host(1);
  const auto backend = cpu::make_backend();
  Lane lane(*backend, host.stream(), model(), lane_for(model(), options, false));
  try {
    lane.start(0, slot_job(options));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_NE(std::string(error.what()).find("10,10"), std::string::npos) << error.what();
  }
  options.objective = parse_objective("mixed3b:11@9,9", model());
  lane.start(0, slot_job(options));
  lane.step();
}

TEST(Lane, OnlyTheSamePeersListSharesALane) {
  const auto wants = [](const char* text) {
    RenderOptions options;
    options.objective = job(11, 1).goals.objective;
    options.view.transforms = parse_transforms(text);
    return lane_for(model(), options, true);
  };
  EXPECT_TRUE(fits(wants("lucid: jitter(3)"), wants("lucid: jitter(3)")));
  EXPECT_FALSE(fits(wants("lucid: jitter(3)"), wants("lucid: jitter(4)")));
  EXPECT_FALSE(fits(wants("lucid: jitter(3)"), wants("lucent: jitter(3)")));
  EXPECT_FALSE(fits(wants("jitter(3)"), wants("lucid: jitter(3)")));
}

TEST(Lane, ListsOfTheSameNeedsShareALane) {
  const auto wants = [](const char* text) {
    RenderOptions options;
    options.objective = job(11, 1).goals.objective;
    options.view.transforms = parse_transforms(text);
    return lane_for(model(), options, true);
  };
  EXPECT_TRUE(fits(wants("jitter(3)"), wants("rotate(-5..5) flip")));
  EXPECT_TRUE(fits(wants("homography"), wants("pad(2,reflect) noise(0.1)")));
  EXPECT_FALSE(fits(wants("jitter(3)"), wants("noise(0.1)")));
  EXPECT_FALSE(fits(wants("noise(0.1)"), wants("jitter(3)")));
  EXPECT_FALSE(fits(wants("noise(0.1)"), wants("noise(0.1) blur(1)")));
}

TEST(Lane, AnotherSeedIsAnotherPicture) {
  EXPECT_NE(run(1, 0, 2, 5).rgb, run(1, 0, 2, 6).rgb);
}

TEST(Lane, ClimbsItsObjective) {
  const Outcome outcome = run(1, 0, 2, 5);
  EXPECT_GT(outcome.values.back(), outcome.values.front());
}

TEST(Lane, NamesTheStepAndTheOperationOfAValueThatIsNotFinite) {
  Model broken = model();
  const auto layer = std::find_if(broken.layers.begin(), broken.layers.end(),
                                  [](const ConvLayer& l) { return l.name == "mixed3b_1x1"; });
  layer->bias[11] = std::numeric_limits<float>::infinity();
  HostThreads host(1);
  const auto backend = cpu::make_backend();
  Lane lane(*backend, host.stream(), broken, spec(2));
  lane.start(0, job(12, 1));
  lane.start(1, job(11, 1));
  lane.step();
  lane.synchronise();
  EXPECT_EQ(lane.failed_step(0), 0) << "its neighbour's trouble";
  EXPECT_EQ(lane.failed_step(1), 1);
  const std::string failure = lane.describe_failure(1, 1);
  EXPECT_TRUE(failure.starts_with("mixed3b:11, seed 1: step 1: the result of mixed3b_")) << failure;
}

}  // namespace
}  // namespace limpid::lane_test
