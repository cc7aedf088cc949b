// A job that is pulled makes what a render makes, ends where that ends, and takes one thread at a time.
#include "engine/job/render_job.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <thread>

#include "engine/optimize/render.h"
#include "kernels/core/error.h"
#include "tests/engine/simulated_gpu.h"
#include "tests/job/job_use.h"
#include "weights/synthetic.h"

namespace limpid {
namespace {

using test::job_model;
using test::refusal;
using test::small_job;

class PulledJob : public ::testing::TestWithParam<test::NamedJob> {};

TEST_P(PulledJob, MakesTheBytesOfARender) {
  const JobOptions& options = GetParam().options;
  const RenderResult expected = render(*job_model(), options.render);
  RenderJob job(job_model(), options);
  EXPECT_TRUE(std::isnan(job.objective()));
  for (int pull = 0; !job.over(); ++pull) {
    const int done = job.step(1 + pull % 3);
    EXPECT_EQ(done, job.steps_done());
    EXPECT_EQ(job.objective(), job.curve().back());
    job.image();  // A look on the way changes nothing.
    if (pull == 1) job.evaluate();
  }
  const Image& last = expected.snapshots.back().image;
  EXPECT_EQ(job.step(5), expected.snapshots.back().step) << "it is over";
  EXPECT_EQ(job.image().rgb, last.rgb);
  EXPECT_EQ(job.image().alpha, last.alpha);
  std::vector<double> curve = job.curve();
  curve.push_back(job.evaluate());
  EXPECT_EQ(curve, expected.objective);
}

INSTANTIATE_TEST_SUITE_P(Jobs, PulledJob, ::testing::ValuesIn(test::every_job()),
                         [](const auto& info) { return info.param.name; });

TEST(RenderJob, APlateauEndsItEarly) {
  for (const test::NamedJob& named : test::every_job()) {
    if (named.name != "plateau") continue;
    RenderJob job(job_model(), named.options);
    EXPECT_LT(job.step(100), named.options.render.steps);
    EXPECT_EQ(job.steps(), job.steps_done());
  }
}

TEST(RenderJob, ACppnHasTheSizeThatWasAskedFor) {
  JobOptions options = small_job();
  options.render.parameters = Cppn{std::array{60, 72}};
  RenderJob job(job_model(), options);
  job.step(8);
  EXPECT_EQ(job.image().height, 60);
  EXPECT_EQ(job.image().rgb, render(*job_model(), options.render).snapshots.back().image.rgb);
}

/// The host runs ahead of such a device.
TEST(RenderJob, IsPulledFromADeviceToo) {
  const JobOptions options = small_job();
  const auto device = [] { return Device(test::make_simulated_gpu(), Precision::fp32); };
  RenderJob at_once(job_model(), options, device()), in_parts(job_model(), options, device());
  at_once.step(8);
  while (!in_parts.over()) in_parts.step(3);
  EXPECT_TRUE(test::outcome_of(at_once) == test::outcome_of(in_parts));
}

TEST(RenderJob, IsRefusedInOneLine) {
  const auto opening = [](const JobOptions& options) {
    return refusal([&] { RenderJob job(job_model(), options); });
  };
  EXPECT_EQ(refusal([] { RenderJob job(nullptr, small_job()); }), "a job needs a model");
  JobOptions options = small_job();
  options.render.restarts = 3;
  EXPECT_EQ(
      opening(options),
      "a job that is pulled has one start, and 3 restarts are asked for: give each a job, or render it");
  options = small_job();
  options.render.thresholds = {3};
  EXPECT_EQ(opening(options),
            "a job that is pulled has no thresholds: ask for its picture when it has the steps");
  options = small_job();
  options.render.objective = {};
  EXPECT_EQ(opening(options), "a job needs an objective, or targets whose gradients the caller gives");
  options.render.watch = {channel_objective("mixed3a", 1)};
  options.targets = {"mixed3a"};
  EXPECT_EQ(opening(options), "objectives are only watched beside one that is climbed");
  options = small_job();
  options.targets = {"mixed3a", "inception_3a/output"};
  EXPECT_EQ(opening(options), "'inception_3a/output' is a target twice");
  options = small_job();
  options.targets = {"mixed3a"};
  options.render.view.transforms = parse_transforms("lucid: scale(0.9..1.1)");
  EXPECT_EQ(
      opening(options),
      "targets of the caller's need views of one size: leave out transforms that begin with lucid: and the like");

  RenderJob job(job_model(), small_job());
  EXPECT_EQ(refusal([&] { job.step(-1); }), "-1 updates: give 0 or more");
  EXPECT_EQ(refusal([&] { job.curve(1); }), "the job has no curve 1: they are 0 to 0");
  EXPECT_EQ(refusal([&] { job.step_with({}); }),
            "the job has no targets of the caller's, so no cotangents either");
  EXPECT_EQ(refusal([&] { job.target_extents(0); }), "the job has no target 0: it has 0, counted from 0");
}

TEST(RenderJob, FailsForGoodWhereItHasNoGradient) {
  JobOptions options = small_job("mixed3b:11");
  auto silent = std::make_shared<Model>(*job_model());
  for (ConvLayer& layer : silent->layers) {
    if (layer.name == "conv2d0") std::fill(layer.filter.begin(), layer.filter.end(), 0.0F);
  }
  RenderJob job(silent, options);
  for (const bool saving : {false, false, true}) {
    try {
      saving ? static_cast<void>(job.save()) : static_cast<void>(job.step(100));
      FAIL() << "no error";
    } catch (const Error& error) {
      EXPECT_EQ(error.kind(), ErrorKind::runtime);
      EXPECT_NE(std::string(error.what()).find("the gradient was zero everywhere"), std::string::npos);
    }
  }
}

TEST(RenderJob, IsCancelledFromAnotherThreadWithinAStep) {
  JobOptions options = small_job();
  options.render.steps = 1000000;
  RenderJob job(job_model(), options);
  std::atomic<int> at_cancel = 0;
  job.step(2);
  std::thread other([&] {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
    job.cancel();
    at_cancel = 1;
  });
  const int done = job.step(1000000);
  other.join();
  EXPECT_EQ(at_cancel, 1);
  EXPECT_TRUE(job.cancelled());
  EXPECT_TRUE(job.over());
  EXPECT_LT(done, 1000000);
  EXPECT_EQ(job.step(10), done) << "for good";

  // What is saved goes on.
  const auto restored = RenderJob::restore(job_model(), job.save(), options.render.compute);
  EXPECT_EQ(restored->step(1), done + 1);
}

/// A cancel between two updates is met before the next.
TEST(RenderJob, ACancelledJobTakesNoStep) {
  RenderJob job(job_model(), small_job());
  job.step(2);
  job.cancel();
  EXPECT_EQ(job.step(1), 2);
  EXPECT_EQ(job.image().height, 40);
}

TEST(RenderJob, TwoThreadsAtOnceAreTold) {
  JobOptions options = small_job();
  options.render.steps = 1'000'000;
  RenderJob job(job_model(), options);
  std::atomic<int> taken = 0, refused = 0;
  const auto pull = [&] {  // Until one of the two was refused.
    while (refused == 0) {
      try {
        job.step(1);
        ++taken;
      } catch (const Error& error) {
        ++refused;
        EXPECT_EQ(error.exit_code(), 2);
        EXPECT_STREQ(error.what(), "a job is used by two threads at once: give each thread one of its own");
      }
    }
  };
  std::thread other(pull);
  pull();
  other.join();
  EXPECT_EQ(job.steps_done(), taken);
}

}  // namespace
}  // namespace limpid
