// Schedules: a job's bytes are its own, whatever runs beside it.
#include "engine/optimize/scheduler.h"

#include <gtest/gtest.h>

#include <cmath>
#include <limits>
#include <map>
#include <mutex>
#include <utility>

#include "engine/network/threads.h"
#include "engine/optimize/lane.h"
#include "engine/optimize/lane_plan.h"
#include "engine/optimize/render.h"
#include "kernels/core/error.h"
#include "tests/engine/scheduled_jobs.h"
#include "weights/synthetic.h"

namespace limpid::scheduler_test {
namespace {

using test::KeptResults;
using test::ListedJobs;

const Model& model() {
  static const Model instance = synthetic_model("bvlc_googlenet", 1);
  return instance;
}

RenderOptions options_of(const std::string& objective, int steps = 6) {
  RenderOptions options;
  options.objective = parse_objective(objective, model());
  options.height = 50;
  options.width = 41;
  options.steps = steps;
  return options;
}

std::map<std::int64_t, JobResult> run(const Model& network, const std::vector<Job>& jobs, int batch,
                                      int threads, bool keep_parameters = false) {
  ListedJobs source(jobs);
  KeptResults sink;
  ScheduleOptions options;
  options.compute.device = "cpu";
  options.compute.threads = threads;
  options.batch = batch;
  options.keep_parameters = keep_parameters;
  options.jobs = static_cast<std::int64_t>(jobs.size());
  run_jobs(network, options, source, sink, std::atomic<bool>(false));
  EXPECT_EQ(sink.starts, static_cast<int>(jobs.size()));
  return std::move(sink.results);
}

void expect_same(const JobResult& actual, const JobResult& expected) {
  EXPECT_EQ(actual.failure, expected.failure);
  EXPECT_EQ(actual.objective, expected.objective);
  EXPECT_EQ(actual.parameters, expected.parameters);
  ASSERT_EQ(actual.snapshots.size(), expected.snapshots.size());
  for (std::size_t i = 0; i < actual.snapshots.size(); ++i) {
    EXPECT_EQ(actual.snapshots[i].step, expected.snapshots[i].step);
    EXPECT_EQ(actual.snapshots[i].image.rgb, expected.snapshots[i].image.rgb);
  }
}

/// Jobs of several plans, lengths and seeds; one of each branch of a module, two of each plan.
std::vector<Job> mixed_jobs() {
  std::vector<Job> jobs;
  const auto add = [&](const std::string& objective, int steps, std::uint64_t seed) {
    jobs.push_back({static_cast<std::int64_t>(jobs.size()) + 10, options_of(objective, steps)});
    jobs.back().options.seed = seed;
  };
  add("mixed4a:3", 6, 1);
  add("mixed4a:11", 3, 2);
  add("mixed4a:12", 9, 3);
  add("mixed4a:200", 5, 1);
  add("mixed4a:390", 4, 1);
  add("-mixed4a:430", 4, 1);
  add("mixed4a:500", 4, 1);
  add("mixed3b", 5, 4);
  add("mixed3b", 7, 5);
  add("conv2d2:7@2,3", 6, 1);
  jobs[2].options.thresholds = {2, 5};
  // Neighbours by other rules, and plans of their own.
  jobs[0].options.update.optimiser = Optimiser::nadam;
  jobs[1].options.update.optimiser = Optimiser::ascent;
  jobs[2].options.update.schedule = RateSchedule::cosine;
  jobs[2].options.update.warmup_steps = 2;
  jobs[3].options.gradient.relu_updates = 2;
  jobs[3].options.update.optimiser = Optimiser::momentum;
  add("mixed4a:11", 4, 1);
  jobs.back().options.gradient.pool = PoolGradient::l2;
  add("mixed4a:12", 4, 1);
  jobs.back().options.update.optimiser = Optimiser::ascent;
  jobs.back().options.update.normalise_gradient = true;
  add("mixed4a:11", 4, 1);
  jobs.back().options.restarts = 2;
  return jobs;
}

TEST(Scheduler, AJobsBytesDependOnNothingButTheJob) {
  const std::vector<Job> jobs = mixed_jobs();
  std::map<std::int64_t, JobResult> alone;
  // By itself a job is planned for its one channel, and its value after the last step is evaluated.
  for (const Job& job : jobs) alone.merge(run(model(), {job}, 1, 2));
  for (const auto& [batch, threads] : std::vector<std::pair<int, int>>{{1, 1}, {1, 3}, {2, 2}, {5, 1}}) {
    SCOPED_TRACE(::testing::Message() << "batch " << batch << ", threads " << threads);
    const auto together = run(model(), jobs, batch, threads);
    ASSERT_EQ(together.size(), jobs.size());
    for (const auto& [id, result] : together) {
      SCOPED_TRACE(::testing::Message() << "job " << id);
      expect_same(result, alone.at(id));
      EXPECT_EQ(result.failure, "");
    }
  }
}

TEST(Scheduler, ParametersAreThoseOfTheFinalPicture) {
  std::vector<Job> jobs;
  for (const int steps : {6, 3, 4, 9}) {
    jobs.push_back({steps, options_of("mixed3a:1", steps)});
    jobs.back().options.parameters = Pixel{};
    // Then colours are the logistic function of the parameters.
    jobs.back().options.colour.decorrelate = false;
  }
  // In a batch most jobs take a step beyond their last with the others; by themselves they take none.
  const auto together = run(model(), jobs, 2, 1, true);
  for (const Job& job : jobs) {
    const JobResult alone = std::move(run(model(), {job}, 1, 1, true).at(job.id));
    expect_same(together.at(job.id), alone);
    const Image& picture = alone.snapshots.back().image;
    const std::size_t pixels = picture.rgb.size() / 3;
    ASSERT_EQ(alone.parameters.size(), picture.rgb.size());
    for (std::size_t i = 0; i < picture.rgb.size(); ++i) {
      const float parameter = alone.parameters[i % 3 * pixels + i / 3];
      ASSERT_NEAR(picture.rgb[i], 1 / (1 + std::exp(-parameter)), 1e-6F) << "value " << i;
    }
  }
}

TEST(Scheduler, ParametersAreKeptOnlyWhenAsked) {
  const std::vector<Job> jobs = {{1, options_of("mixed3a:1")}, {2, options_of("mixed3a:2@99,99")}};
  EXPECT_TRUE(run(model(), jobs, 2, 1).at(1).parameters.empty());
  const auto kept = run(model(), jobs, 2, 1, true);
  EXPECT_EQ(kept.at(1).parameters.size(), 3U * 50 * (41 / 2 + 1) * 2) << "complex, half a spectrum";
  EXPECT_TRUE(kept.at(2).parameters.empty()) << "it failed";
}

/// Where a curve's rows of `patience` values stop to rise, by the definition: the first row whose mean is not
/// above that of every earlier one ends it.
int end_by_definition(const std::vector<double>& curve, int patience, int steps) {
  std::vector<double> means;
  for (int begin = 0; begin + patience < steps; begin += patience) {
    double sum = 0;
    for (int i = begin; i < begin + patience; ++i) sum += curve[static_cast<std::size_t>(i)];
    const double mean = sum / patience;
    for (const double earlier : means) {
      if (mean <= earlier) return begin + patience;
    }
    means.push_back(mean);
  }
  return steps;
}

TEST(Scheduler, PatienceEndsAJobWhereItsCurveSaysSo) {
  std::vector<Job> jobs;
  constexpr int kSteps = 40;
  for (const int channel : {1, 2, 70, 71}) {
    jobs.push_back({channel, options_of("mixed3a:" + std::to_string(channel), kSteps)});
    // So large a rate soon climbs no further.
    jobs.back().options.update.learning_rate = 0.5F;
  }
  const auto whole = run(model(), jobs, 1, 2);
  std::vector<Job> patient = jobs;
  int ended = 0;
  std::map<std::int64_t, JobResult> expected;
  for (Job& job : patient) {
    job.options.patience = 3;
    RenderOptions shorter = job.options;
    shorter.patience = 0;
    shorter.steps = end_by_definition(whole.at(job.id).objective, 3, kSteps);
    ended += shorter.steps < kSteps ? 1 : 0;
    expected.merge(run(model(), {{job.id, shorter}}, 1, 1, true));
  }
  EXPECT_GE(ended, 2) << "otherwise nothing is tested";
  for (const auto& [batch, threads] : std::vector<std::pair<int, int>>{{1, 1}, {3, 2}, {4, 1}}) {
    SCOPED_TRACE(::testing::Message() << "batch " << batch << ", threads " << threads);
    const auto results = run(model(), patient, batch, threads, true);
    for (const auto& [id, result] : results) expect_same(result, expected.at(id));
  }
}

TEST(Scheduler, TheBestOfSeveralStartsIsKept) {
  RenderOptions options = options_of("mixed3a:3", 4);
  options.thresholds = {2};
  // Each start by itself, in a lane of the test's own.
  HostThreads host(1);
  const auto backend = cpu::make_backend();
  Lane lane(*backend, host.stream(), model(), lane_for(model(), options, false));
  int best = 0;
  std::vector<double> values;
  std::vector<std::vector<float>> pictures;
  for (int restart = 0; restart < 3; ++restart) {
    lane.start(0, slot_job(options, restart));
    for (int step = 0; step < options.steps; ++step) lane.step();
    lane.evaluate();
    lane.synchronise();
    values.push_back(lane.value(0));
    pictures.push_back(lane.picture(0).rgb);
    if (values.back() > values[static_cast<std::size_t>(best)]) best = restart;
  }
  ASSERT_NE(values[0], values[1]) << "each start has draws of its own";
  options.restarts = 3;
  for (const auto& [batch, threads] : std::vector<std::pair<int, int>>{{1, 1}, {2, 2}, {3, 1}}) {
    const JobResult result = std::move(run(model(), {{1, options}}, batch, threads).at(1));
    EXPECT_EQ(result.failure, "");
    EXPECT_EQ(result.objective.back(), values[static_cast<std::size_t>(best)]);
    ASSERT_EQ(result.snapshots.size(), 2U);
    EXPECT_EQ(result.snapshots.back().image.rgb, pictures[static_cast<std::size_t>(best)]);
  }
  options.compute.device = "cpu";
  options.compute.threads = 2;
  const RenderResult rendered = render(model(), options);
  EXPECT_EQ(rendered.restart, best);
  EXPECT_EQ(rendered.snapshots.back().image.rgb, pictures[static_cast<std::size_t>(best)]);
}

/// A channel that no picture wakes.
const Model& silent_model() {
  static const Model instance = [] {
    Model silent = model();
    for (ConvLayer& layer : silent.layers) {
      if (layer.name == "mixed3b_1x1") layer.bias[11] = -1e6F;
    }
    return silent;
  }();
  return instance;
}

TEST(Scheduler, AJobWithoutAGradientFailsAndSaysWhatHelps) {
  std::vector<Job> jobs;
  for (const int steps : {3, 32, 40, 70}) {
    jobs.push_back({steps, options_of("mixed3b:11", steps)});
    jobs.back().options.gradient.relu_updates = 0;
  }
  for (const int batch : {1, 4}) {
    const auto results = run(silent_model(), jobs, batch, 2);
    for (const auto& [steps, result] : results) {
      SCOPED_TRACE(::testing::Message() << steps << " steps");
      EXPECT_NE(result.failure.find("mixed3b:11, seed 0: the gradient was zero everywhere in the first " +
                                    std::to_string(std::min<std::int64_t>(steps, 32)) + " steps"),
                std::string::npos)
          << result.failure;
      EXPECT_NE(result.failure.find("redirected ReLU"), std::string::npos);
      EXPECT_NE(result.failure.find(":pre"), std::string::npos);
      EXPECT_EQ(result.failure_kind, ErrorKind::runtime);
    }
  }
  // Woken, or looked at before the ReLU, it moves.
  EXPECT_EQ(run(silent_model(), {{1, options_of("mixed3b:11", 3)}}, 1, 1).at(1).failure, "");
  RenderOptions before = options_of("mixed3b:11:pre", 3);
  before.gradient.relu_updates = 0;
  EXPECT_EQ(run(silent_model(), {{1, before}}, 1, 1).at(1).failure, "");
}

TEST(Scheduler, RenderIsAScheduleOfOne) {
  const std::vector<Job> jobs = {{1, options_of("mixed4a:11", 6)}, {2, options_of("mixed4a:12", 6)}};
  RenderOptions options = jobs[0].options;
  options.compute.device = "cpu";
  const RenderResult rendered = render(model(), options);
  const auto scheduled = run(model(), jobs, 2, 2);
  expect_same({1, rendered.snapshots, rendered.objective, {}, "", {}}, scheduled.at(1));
  EXPECT_EQ(rendered.objective.size(), 7U);
}

TEST(Scheduler, AJobThatFailsEndsAlone) {
  Model broken = model();
  for (ConvLayer& layer : broken.layers) {
    if (layer.name == "mixed3b_1x1") layer.bias[11] = std::numeric_limits<float>::infinity();
  }
  const std::vector<Job> jobs = {{1, options_of("mixed3b:10")},
                                 {2, options_of("mixed3b:11")},
                                 {3, options_of("mixed3b:12")},
                                 {4, options_of("mixed3b:13@99,99")},
                                 {5, options_of("mixed3b:14")}};
  const auto results = run(broken, jobs, 2, 1);
  ASSERT_EQ(results.size(), 5U);
  EXPECT_NE(results.at(2).failure.find("step 1"), std::string::npos) << results.at(2).failure;
  EXPECT_TRUE(results.at(2).snapshots.empty());
  EXPECT_NE(results.at(4).failure.find("position 99,99"), std::string::npos) << results.at(4).failure;
  for (const int id : {1, 3, 5}) {
    EXPECT_EQ(results.at(id).failure, "");
    EXPECT_EQ(results.at(id).snapshots.size(), 1U);
  }
}

/// Sets a flag once some jobs are done.
class StoppingSink final : public KeptResults {
 public:
  explicit StoppingSink(std::atomic<bool>& stop) : stop_(stop) {}
  void finished(const Job& job, JobResult result) override {
    KeptResults::finished(job, std::move(result));
    stop_ = true;
  }

 private:
  std::atomic<bool>& stop_;
};

TEST(Scheduler, AStopFinishesWhatIsInFlightAndTakesNoMore) {
  std::vector<Job> jobs;
  for (int i = 0; i < 12; ++i) jobs.push_back({i, options_of("mixed3a:" + std::to_string(i), 3 + i % 2)});
  ListedJobs source(jobs);
  std::atomic<bool> stop{false};
  StoppingSink sink(stop);
  ScheduleOptions options;
  options.compute.device = "cpu";
  options.compute.threads = 2;
  run_jobs(model(), options, source, sink, stop);
  EXPECT_EQ(static_cast<int>(sink.results.size()), sink.starts);
  EXPECT_GE(sink.starts, 1);
  EXPECT_LT(sink.starts, 6);
  for (const auto& [id, result] : sink.results) EXPECT_EQ(result.snapshots.size(), 1U) << id;
}

/// Throws as a full disk would.
class FailingSink final : public KeptResults {
 public:
  void finished(const Job&, JobResult) override { fail_runtime("no space"); }
};

TEST(Scheduler, AnErrorOfTheSinkEndsTheSchedule) {
  std::vector<Job> jobs;
  for (int i = 0; i < 12; ++i) jobs.push_back({i, options_of("mixed3a:" + std::to_string(i), 3)});
  ListedJobs source(jobs);
  FailingSink sink;
  ScheduleOptions options;
  options.compute.device = "cpu";
  options.compute.threads = 3;
  try {
    run_jobs(model(), options, source, sink, std::atomic<bool>(false));
    FAIL() << "no error";
  } catch (const Error& error) {
    EXPECT_STREQ(error.what(), "no space");
  }
  EXPECT_LT(sink.starts, 8);
}

TEST(Scheduler, RefusesOptionsThatMakeNoSense) {
  ListedJobs source({{1, options_of("mixed3a:1")}});
  KeptResults sink;
  ScheduleOptions options;
  options.compute.device = "gpu";
  EXPECT_THROW(run_jobs(model(), options, source, sink, std::atomic<bool>(false)), Error);
  options.compute.device = "cpu";
  options.compute.precision = Precision::fp16;
  EXPECT_THROW(run_jobs(model(), options, source, sink, std::atomic<bool>(false)), Error);
  options.compute.precision = Precision::automatic;
  options.batch = -1;
  EXPECT_THROW(run_jobs(model(), options, source, sink, std::atomic<bool>(false)), Error);
}

}  // namespace
}  // namespace limpid::scheduler_test
