// Objectives of the caller's own: activations out, gradients in, and the update of the same objective built in.
#include <gtest/gtest.h>

#include <cmath>

#include "engine/job/job_state.h"
#include "engine/job/render_job.h"
#include "tests/engine/simulated_gpu.h"
#include "tests/job/job_use.h"
#include "tests/reference/comparison.h"

namespace limpid {
namespace {

using reference::relative_l2;
using test::job_model;
using test::refusal;
using test::small_job;

/// A job whose first moment is the sum of its gradients, each weaker than the next.
JobOptions ascending(const std::string& objective) {
  JobOptions options = small_job(objective);
  options.render.update.optimiser = Optimiser::momentum;
  options.render.update.learning_rate = 1;
  options.render.start.deviation = 0.5F;
  return options;
}

std::size_t count_of(const Extents& e) {
  return static_cast<std::size_t>(e[0] * e[1] * e[2] * e[3]);
}

/// d mean(channel) / d map, times `weight`.
std::vector<float> mean_of_channel(const Extents& e, int channel, float weight) {
  std::vector<float> cotangent(count_of(e));
  const std::int64_t positions = e[2] * e[3];
  for (std::int64_t n = 0; n < e[0]; ++n)
    std::fill_n(cotangent.begin() + (n * e[1] + channel) * positions, positions,
                weight / static_cast<float>(positions));
  return cotangent;
}

struct Own {
  std::string target;
  int channel;
  float weight;
};

/// Takes the job's steps with the means of channels.
void climb(RenderJob& job, const std::vector<Own>& own) {
  std::vector<std::vector<float>> cotangents;
  std::vector<TensorView<const float>> views;
  for (std::size_t i = 0; i < own.size(); ++i) {
    const Extents e = job.target_extents(static_cast<int>(i));
    cotangents.push_back(mean_of_channel(e, own[i].channel, own[i].weight));
    views.push_back(dense_view<const float>(cotangents.back().data(), e));
  }
  while (!job.over()) job.step_with(views);
}

void expect_same_climb(const JobOptions& built_in, const JobOptions& given, const std::vector<Own>& own,
                       const std::function<Device()>& device) {
  RenderJob expected(job_model(), built_in, device()), job(job_model(), given, device());
  expected.step(100);
  climb(job, own);
  EXPECT_EQ(job.steps_done(), built_in.render.steps);
  const auto gradients = [](RenderJob& of) { return state_from_bytes(of.save()).slot.first_moment; };
  EXPECT_LE(relative_l2(gradients(job), gradients(expected)), 2e-6);
}

const std::vector<std::function<Device()>> kDevices = {
    [] {
      return Device(ComputeOptions{"cpu", Precision::fp32, 2});
    },
    [] { return Device(test::make_simulated_gpu(), Precision::fp32); }};

TEST(OwnObjective, ClimbsAsTheBuiltInOneDoes) {
  for (const auto& device : kDevices) {
    JobOptions given = ascending("mixed3b:11");
    given.render.objective = {};
    given.targets = {"mixed3b"};
    expect_same_climb(ascending("mixed3b:11"), given, {{"mixed3b", 11, 1}}, device);

    // Two layers at once, and what is before a ReLU; the redirected gradients of the first steps included.
    given.targets = {"mixed3b", "mixed3a:pre"};
    given.render.gradient.relu_updates = 3;
    JobOptions built_in = ascending("mixed3b:11 - 0.5*mixed3a:3:pre");
    built_in.render.gradient.relu_updates = 3;
    expect_same_climb(built_in, given, {{"mixed3b", 11, 1}, {"mixed3a:pre", 3, -0.5F}}, device);
  }
}

/// An objective of limpid's and one of the caller's add up: also on one layer, and seen through several views.
TEST(OwnObjective, AddsToTheJobsOwn) {
  for (const auto& device : kDevices) {
    JobOptions built_in = ascending("mixed3b:11 - 0.5*mixed3b:20 + 2*mixed3a:3");
    built_in.render.view.draws = 2;
    JobOptions given = ascending("mixed3b:11");
    given.render.view.draws = 2;
    given.targets = {"mixed3a", "mixed3b"};
    expect_same_climb(built_in, given, {{"mixed3a", 3, 2}, {"mixed3b", 20, -0.5F}}, device);
  }
}

TEST(OwnObjective, ActivationsAreThoseOfTheNextView) {
  JobOptions options = small_job();
  options.render.view.draws = 2;
  options.targets = {"mixed3b", "mixed3a"};
  RenderJob job(job_model(), options);
  const Extents e = job.target_extents(0);
  EXPECT_EQ(e[0], 2);
  EXPECT_EQ(e[1], 480);
  std::vector<float> values(count_of(e)), other(count_of(job.target_extents(1))), again(values.size());
  const std::vector<TensorView<const float>> none(2);
  for (int step = 0; step < 3; ++step) {
    job.activations(0, dense_view(values.data(), e));
    job.activations(1, dense_view(other.data(), job.target_extents(1)));
    // The objective of this view, from its own activations: the mean over both draws.
    const std::size_t positions = static_cast<std::size_t>(e[2] * e[3]);
    double own = 0;
    for (std::size_t n = 0; n < 2; ++n) {
      for (std::size_t p = 0; p < positions; ++p) own += values[(n * 480 + 11) * positions + p];
      const std::size_t others = other.size() / 2 / 256;
      for (std::size_t p = 0; p < others; ++p)
        own -= 0.5 * other[(n * 256 + 3) * others + p] * static_cast<double>(positions) /
               static_cast<double>(others);
    }
    own /= 2.0 * static_cast<double>(positions);
    // Looks of all kinds in between change nothing.
    const std::vector<float> picture = job.image().rgb;
    job.save();
    job.activations(0, dense_view(again.data(), e));
    EXPECT_EQ(again, values);
    job.evaluate();
    EXPECT_EQ(job.image().rgb, picture);
    job.activations(0, dense_view(again.data(), e));
    EXPECT_EQ(again, values);
    job.step_with(none);
    EXPECT_NEAR(job.objective(), own, 1e-5 * std::abs(own) + 1e-6);
  }
}

/// Between the halves of a step memory that makes pictures is the network's.
TEST(OwnObjective, LooksBetweenTheHalvesChangeNothing) {
  for (const Parameters& parameters : {Parameters(Spectral{}), Parameters(Cppn{}), Parameters(Pyramid{})}) {
    JobOptions options = small_job("mixed3a:3");
    options.render.parameters = parameters;
    options.targets = {"mixed3a"};
    RenderJob job(job_model(), options), unseen(job_model(), options);
    const Extents e = job.target_extents(0);
    const std::vector<float> cotangent = mean_of_channel(e, 20, 1);
    const TensorView<const float> view = dense_view<const float>(cotangent.data(), e);
    std::vector<float> values(count_of(e)), again(values.size());
    for (int step = 0; step < 4; ++step) {
      job.activations(0, dense_view(values.data(), e));
      job.image();
      job.curve();
      job.save();
      job.activations(0, dense_view(again.data(), e));
      EXPECT_EQ(again, values);
      job.step_with({&view, 1});
      unseen.step_with({&view, 1});
    }
    EXPECT_TRUE(test::outcome_of(job) == test::outcome_of(unseen));
  }
}

TEST(OwnObjective, GoesOnFromItsState) {
  JobOptions options = ascending("mixed3b:11");
  options.render.objective = {};
  options.targets = {"mixed3b"};
  RenderJob whole(job_model(), options), first(job_model(), options);
  const std::vector<Own> own = {{"mixed3b", 11, 1}};
  const std::vector<float> cotangent = mean_of_channel(first.target_extents(0), 11, 1);
  const TensorView<const float> view = dense_view(cotangent.data(), first.target_extents(0));
  climb(whole, own);
  for (int i = 0; i < 3; ++i) first.step_with({&view, 1});
  const auto second = RenderJob::restore(job_model(), first.save(), options.render.compute);
  climb(*second, own);
  EXPECT_TRUE(test::outcome_of(*second) == test::outcome_of(whole));
}

TEST(OwnObjective, MistakesAreOneLine) {
  JobOptions options = small_job();
  options.targets = {"mixed3b"};
  RenderJob job(job_model(), options);
  Extents e = job.target_extents(0);
  std::vector<float> room(count_of(e));
  const TensorView<const float> fits = dense_view<const float>(room.data(), e);
  EXPECT_EQ(refusal([&] { job.step(1); }),
            "a job with targets of the caller's takes each step with their cotangents");
  EXPECT_EQ(refusal([&] { job.step_with({}); }), "the job has 1 targets, and 0 cotangents were given");
  e[2] += 1;
  const TensorView<const float> too_high{room.data(), e, fits.strides};
  EXPECT_EQ(
      refusal([&] {
        job.step_with({&too_high, 1});
      }),
      "the cotangent of mixed3b is 1x480x5x6 (images, channels, height, width), and 1x480x6x6 was given");
  EXPECT_EQ(refusal([&] { job.activations(0, dense_view(room.data(), e)); }),
            "mixed3b is 1x480x5x6 (images, channels, height, width), and 1x480x6x6 was given");
  EXPECT_EQ(refusal([&] { job.activations(1, dense_view(room.data(), e)); }),
            "the job has no target 1: it has 1, counted from 0");
  EXPECT_EQ(job.steps_done(), 0);
}

}  // namespace
}  // namespace limpid
