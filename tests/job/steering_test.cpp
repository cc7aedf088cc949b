// Changes of a job while it runs: what they do, that they can be repeated, and what they cannot be.
#include "engine/job/steering.h"

#include <gtest/gtest.h>

#include "engine/image/view_strength.h"
#include "engine/job/render_job.h"
#include "engine/job/steering_json.h"
#include "tests/job/job_use.h"

namespace limpid {
namespace {

using test::job_model;
using test::outcome_of;
using test::refusal;
using test::small_job;
using test::steering;

JobOptions steerable_job(const std::string& objective = "mixed3b:11 - 0.5*mixed3a:3") {
  JobOptions options = small_job(objective);
  options.steerable = true;
  return options;
}

/// A plan of all channels adds zeros to the gradient.
TEST(Steering, AJobThatCanBeSteeredMakesTheSamePicture) {
  RenderJob plain(job_model(), small_job()), steerable(job_model(), steerable_job());
  plain.step(8);
  steerable.step(8);
  EXPECT_EQ(steerable.image().rgb, plain.image().rgb);
  EXPECT_EQ(steerable.curve(), plain.curve());
}

/// Of pictures so large that each goes through the network by itself.
TEST(Steering, ToAnObjectiveThatComparesImages) {
  JobOptions options = steerable_job("conv2d1:3");
  options.render.images = 2;
  options.render.height = options.render.width = 256;
  JobOptions begun = options;
  begun.render.objective = parse_objective("align(conv2d1)", *job_model());
  RenderJob steered(job_model(), options), compared(job_model(), begun);
  steered.set(steering(steered, R"json({"objective": "align(conv2d1)"})json"));
  steered.step(2);
  compared.step(2);
  EXPECT_EQ(steered.curve(), compared.curve());
  EXPECT_EQ(steered.image().rgb, compared.image().rgb);
}

TEST(Steering, TheLogAgainMakesTheSameBytes) {
  JobOptions options = steerable_job();
  options.render.view.transforms =
      parse_transforms("pad(4) jitter(8) scale(0.9..1.1) rotate(-10..10) noise(0)");
  RenderJob job(job_model(), options);
  const char* changes[] = {R"json({"objective": "mixed3b:7 - 0.1*mixed3a:200"})json",
                           R"json({"noise": 0.2, "learning_rate": 0.01})json",
                           R"json({"view_strength": 0.25})json",
                           R"json({"transforms": "pad(3) jitter(2)"})json"};
  std::vector<std::vector<float>> pictures;
  for (const char* change : changes) {
    job.step(1);
    job.set(steering(job, change));
    pictures.push_back(job.image().rgb);
  }
  job.step(100);

  RenderJob again(job_model(), options), unchanged(job_model(), options);
  for (const SteeringRecord& record : job.log()) {
    again.step(record.step - again.steps_done());
    again.set(steering(again, to_json(record.steering).dump()));
  }
  again.step(100);
  EXPECT_TRUE(outcome_of(again) == outcome_of(job));

  // Each change takes effect, and at the next update: the picture before it is as without.
  unchanged.step(1);
  EXPECT_EQ(unchanged.image().rgb, pictures[0]);
  for (std::size_t left = 0; left < std::size(changes); ++left) {
    RenderJob without(job_model(), options);
    for (std::size_t i = 0; i < std::size(changes); ++i) {
      without.step(1);
      if (i != left) without.set(steering(without, changes[i]));
      if (i != left) continue;
      EXPECT_EQ(without.image().rgb, pictures[i]) << changes[left];
    }
    without.step(100);
    EXPECT_NE(without.image().rgb, job.image().rgb) << changes[left];
  }
}

/// From the first step on, a change is what a job that was begun with it makes.
TEST(Steering, BeforeTheFirstStepIsAsIfBegunWithIt) {
  JobOptions begun = steerable_job("0.7*mixed3b:20 - 0.1*mixed3a:5");
  begun.render.update.learning_rate = 0.02F;
  begun.render.view.transforms = at_strength(begun.render.view.transforms, 0.5F);
  RenderJob expected(job_model(), begun), changed(job_model(), steerable_job());
  changed.set(steering(changed, R"json({"objective": "0.7*mixed3b:20 - 0.1*mixed3a:5", "learning_rate": 0.02,
                                    "view_strength": 0.5})json"));
  expected.step(8);
  changed.step(8);
  EXPECT_EQ(changed.image().rgb, expected.image().rgb);
  EXPECT_EQ(changed.curve(), expected.curve());
}

TEST(Steering, FewerTermsAreLeftOut) {
  JobOptions options = small_job("mixed3b:11 - 0.5*mixed3a:3 - 0.1*tv");
  RenderJob job(job_model(), options), expected(job_model(), small_job("mixed3b:11"));
  job.set(steering(job, R"json({"objective": "mixed3b:11"})json"));
  job.step(2);
  expected.step(2);
  EXPECT_EQ(job.curve(), expected.curve());
}

TEST(Steering, WhatNeedsANewPlanIsRefusedByName) {
  RenderJob job(job_model(), small_job());
  const auto setting = [](RenderJob& to, const std::string& json) {
    return refusal([&] { to.set(steering(to, json)); });
  };
  job.step(3);
  EXPECT_EQ(
      setting(job, R"json({"objective": "mixed4a:1"})json"),
      "'mixed4a:1' needs another plan, which a job that runs cannot have: its layers do not include mixed4a");
  EXPECT_EQ(
      setting(job, R"json({"objective": "mixed3b:12"})json"),
      "'mixed3b:12' needs another plan, which a job that runs cannot have: of mixed3b it computes only the "
      "channels it began with, for it is not steerable");
  EXPECT_EQ(
      setting(job, R"json({"objective": "mixed3b:11 + 2*mixed3b:11 + mixed3a:3"})json"),
      "'mixed3b:11 + 2*mixed3b:11 + mixed3a:3' needs another plan, which a job that runs cannot have: it has "
      "fewer terms, or other kinds of them, on mixed3b");
  EXPECT_EQ(
      setting(job, R"json({"objective": "mixed3b:11 - 0.1*tv"})json"),
      "'mixed3b:11 - 0.1*tv' needs another plan, which a job that runs cannot have: it has fewer terms on the "
      "picture");
  EXPECT_EQ(setting(job, R"json({"objective": "dir(mixed3b, v.npy)"})json"),
            "the change: objective: the job does not hold 'v.npy'");
  EXPECT_EQ(setting(job, R"json({"noise": 0.1})json"),
            "the views have no noise to change: begin with noise(0) among the transforms");
  EXPECT_EQ(
      setting(job, R"json({"transforms": "blur(2)"})json"),
      "'blur(2)' needs another plan, which a job that runs cannot have: begin with transforms that have a blur");
  EXPECT_EQ(
      setting(job, R"json({"transforms": "noise(1)"})json"),
      "'noise(1)' needs another plan, which a job that runs cannot have: begin with transforms that have colours, "
      "noise or a homography");
  EXPECT_EQ(setting(job, R"json({"transforms": "lucid: jitter(3)"})json"),
            "views as a peer makes them cannot change while a job runs: their sizes are planned");
  EXPECT_EQ(
      setting(job, R"json({"size": 64})json"),
      "the change: size: it cannot change while a job runs: objective, learning_rate, transforms, noise and "
      "view_strength can");
  EXPECT_NE(setting(job, R"json({"view_strength": 1.5})json"), "no error");
  EXPECT_NE(setting(job, R"json({"learning_rate": -1})json"), "no error");
  EXPECT_EQ(refusal([&] { job.set({.view_strength = 2.0F}); }), "a view strength of 2: it is 0 to 1");

  // A refused change, also one that only the maps' sizes refuse, leaves all as it was.
  RenderJob neuron(job_model(), small_job("mixed3b:11@0,0")), same(job_model(), small_job("mixed3b:11@0,0"));
  neuron.step(3);
  EXPECT_NE(setting(neuron, R"json({"objective": "mixed3b:11@500,0", "learning_rate": 0.5})json"),
            "no error");
  EXPECT_TRUE(neuron.log().empty());
  neuron.step(100);
  same.step(100);
  EXPECT_TRUE(outcome_of(neuron) == outcome_of(same));
}

/// Also with images of their own views, and where a job is restored on either side of the middle.
TEST(Settle, IsAStrengthFromTheMiddleOfTheStepsOn) {
  JobOptions options = small_job();
  options.render.images = 2;
  options.render.steps = 9;
  JobOptions settling = options;
  settling.render.view.settle = 0.25F;
  RenderJob steered(job_model(), options), settled(job_model(), settling);
  steered.step(4);
  steered.set({.view_strength = 0.25F});
  steered.step(5);
  settled.step(2);
  for (const int steps : {4, 3}) {
    const auto again = RenderJob::restore(job_model(), settled.save(), options.render.compute);
    again->step(9);
    EXPECT_EQ(again->image().rgb, steered.image().rgb) << steps;
    settled.step(steps);
  }
  EXPECT_EQ(settled.image().rgb, steered.image().rgb);
  EXPECT_EQ(settled.curve(), steered.curve());
}

TEST(Settle, IsNotOfViewsAsAPeerMakesThem) {
  JobOptions options = small_job();
  options.render.view.settle = 0.5F;
  options.render.view.transforms = parse_transforms("lucent: jitter(4)");
  EXPECT_EQ(refusal([&] { RenderJob(job_model(), options); }),
            "views that settle to 0.5: views as a peer makes them go as far in every step, so give 1");
}

TEST(ViewStrength, ScalesWhatIsRandomAndKeepsTheCounts) {
  const Transforms list = parse_transforms(
      "pad(12) jitter(8) scale(0.9..1.1) rotate(-10..10) homography flip crop(20) blur(0..2) contrast(0.5,2) hue(4)");
  EXPECT_EQ(to_string(at_strength(list, 1)), to_string(list));
  const std::string half = to_string(at_strength(list, 0.5F));
  EXPECT_EQ(
      half,
      "pad(12,0.5) jitter(4) scale(0.95..1.05/11) rotate(-5..5/21,5*0) "
      "homography(1.5,1.25,1.25,0.005,5e-05,1) flip(0.25) crop(20) blur(0..1) contrast(0.75,1.5) hue(2)");
  EXPECT_EQ(to_string(parse_transforms(half)), half);
  EXPECT_EQ(to_string(at_strength(parse_transforms("rotate(-10..10) scale(0.9..1.1) jitter(3)"), 0)),
            "rotate(0,5*0) scale(1) jitter(0)");
}

}  // namespace
}  // namespace limpid
