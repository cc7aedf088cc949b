// What the engine does with a device: its memory, its order, its layout, its limits.
#include "engine/network/device.h"

#include <gtest/gtest.h>

#include <cmath>
#include <utility>

#include "engine/network/planner.h"
#include "engine/objective/terms.h"
#include "engine/optimize/lane.h"
#include "engine/optimize/scheduler.h"
#include "kernels/core/error.h"
#include "tests/engine/engine_run.h"
#include "tests/engine/scheduled_jobs.h"
#include "tests/engine/simulated_gpu.h"
#include "weights/synthetic.h"

namespace limpid::device_test {
namespace {

const Model& model() {
  static const Model instance = synthetic_model("inception5h", 1);
  return instance;
}

template <class T>
double relative_error(const std::vector<T>& actual, const std::vector<T>& expected) {
  double difference = 0;
  double norm = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    difference += std::pow(static_cast<double>(actual[i]) - static_cast<double>(expected[i]), 2);
    norm += std::pow(static_cast<double>(expected[i]), 2);
  }
  return std::sqrt(difference / norm);
}

/// A network on the CPU and the same on the simulated GPU, over the same random input.
class TwoDevices : public ::testing::Test {
 protected:
  static constexpr int kHeight = 49, kWidth = 40;

  std::unique_ptr<NetworkExecutor> make(Backend& backend, const std::string& layer, bool backward,
                                        float gradient_scale = 1) {
    PlanRequest request{{{layer, false, {}}}, kHeight, kWidth, 1, backward};
    if (backend.runs_tasks_in_parallel()) request.concurrency = Concurrency::parallel;
    ExecutorOptions options;
    options.gradient_scale = gradient_scale;
    auto network =
        std::make_unique<NetworkExecutor>(backend, stream_, model(), make_plan(model(), request), options);
    std::vector<float> input(3 * kHeight * kWidth);
    const auto noise = test::make_input(kHeight, kWidth, 7);
    std::transform(noise.values.begin(), noise.values.end(), input.begin(),
                   [](double x) { return static_cast<float>(x); });
    network->set_input({input.data(), 1, 3, kHeight, kWidth});
    return network;
  }

  static std::vector<float> gradient(NetworkExecutor& network) {
    ObjectiveTerm objective;
    objective.layer = network.plan().targets.front().layer;
    objective.channel = 5;
    network.set_term(0, 0, term_of(objective, network.plan().targets.front()));
    network.forward();
    network.backward();
    std::vector<float> values(3 * kHeight * kWidth);
    network.get_input_gradient({values.data(), 1, 3, kHeight, kWidth});
    return values;
  }

  Stream stream_;
  std::unique_ptr<Backend> cpu_ = cpu::make_backend();
  std::unique_ptr<Backend> gpu_ = test::make_simulated_gpu();
};

TEST_F(TwoDevices, AgreeOnEveryLayersActivations) {
  for (const char* layer : {"conv2d0", "localresponsenorm0", "maxpool1", "mixed3a", "mixed4a_5x5", "mixed4a",
                            "mixed5b", "avgpool0", "softmax"}) {
    const auto on_cpu = make(*cpu_, layer, false);
    const auto on_gpu = make(*gpu_, layer, false);
    on_cpu->forward();
    on_gpu->forward();
    EXPECT_LE(relative_error(on_gpu->download_target(0, 0), on_cpu->download_target(0, 0)), 1e-5) << layer;
  }
}

TEST_F(TwoDevices, AgreeOnInputGradients) {
  for (const char* layer : {"conv2d0", "conv2d2", "mixed3a", "mixed4a"}) {
    const auto on_cpu = make(*cpu_, layer, true);
    const auto on_gpu = make(*gpu_, layer, true);
    const std::vector<float> expected = gradient(*on_cpu);
    // Sums in another order; the noise has no near-ties for it to tip.
    EXPECT_LE(relative_error(gradient(*on_gpu), expected), 1e-4) << layer;
    EXPECT_NEAR(on_gpu->download_values()[0], on_cpu->download_values()[0],
                1e-5 * std::abs(on_cpu->download_values()[0]));
    // A power of two scales exactly, and comes off again.
    const auto scaled = make(*gpu_, layer, true, 1024);
    EXPECT_EQ(gradient(*scaled), gradient(*on_gpu)) << layer;
    EXPECT_EQ(scaled->download_values(), on_gpu->download_values());
  }
}

LaneSpec lane_spec(int slots, const Transforms& transforms = default_transforms()) {
  LaneSpec spec;
  spec.needs = needs_of(transforms);
  if (transforms.staged()) spec.staged = transforms;
  spec.goals.targets = {{"mixed3a", false, {}}};
  spec.height = 40;
  spec.width = 33;
  spec.slots = slots;
  return spec;
}

SlotJob slot_job(int channel, const Transforms& transforms) {
  SlotJob job;
  job.transforms = transforms;
  job.goals.objective = channel_objective("mixed3a", channel);
  job.seed = 3;
  return job;
}

/// Values of twenty steps, past the redirected ones, and the picture.
std::pair<std::vector<double>, std::vector<float>> run_lane(
    Backend& backend, int slots, int slot, const Transforms& transforms = default_transforms()) {
  Lane lane(backend, {}, model(), lane_spec(slots, transforms));
  for (int i = 0; i < slots; ++i) lane.start(i, slot_job(i == slot ? 11 : i, transforms));
  for (int i = 0; i < 20; ++i) lane.step();
  lane.synchronise();
  EXPECT_EQ(lane.failed_step(slot), 0);
  EXPECT_EQ(lane.value(slot), lane.curve(slot).back());
  return {lane.curve(slot), lane.picture(slot).rgb};
}

TEST(LaneOnADevice, RunsLikeTheCpusAndTheSameInEverySlot) {
  const auto gpu = test::make_simulated_gpu();
  const auto on_gpu = run_lane(*gpu, 1, 0);
  EXPECT_EQ(run_lane(*gpu, 2, 1), on_gpu);
  const auto cpu = cpu::make_backend();
  const auto on_cpu = run_lane(*cpu, 1, 0);
  EXPECT_LE(relative_error(on_gpu.first, on_cpu.first), 1e-2) << "paths part slowly, as near-ties fall";
  EXPECT_LE(std::abs(on_gpu.first.front() - on_cpu.first.front()), 1e-4 * std::abs(on_cpu.first.front()));
}

TEST(LaneOnADevice, ShowsTheSameViewsAsTheCpus) {
  const Transforms transforms =
      parse_transforms("pad(3,reflect) homography hue(-9..9) blur(0..1) noise(0.1) flip rotate(-9..9)");
  const auto gpu = test::make_simulated_gpu();
  const auto on_gpu = run_lane(*gpu, 1, 0, transforms);
  EXPECT_EQ(run_lane(*gpu, 2, 1, transforms), on_gpu);
  const auto cpu = cpu::make_backend();
  const auto on_cpu = run_lane(*cpu, 1, 0, transforms);
  for (const std::size_t step : {0U, 1U}) {
    EXPECT_LE(std::abs(on_gpu.first[step] - on_cpu.first[step]), 1e-3 * std::abs(on_cpu.first[step]));
  }
}

TEST(LaneOnADevice, TakesPeersViewsOnTheWayTheCpuDoes) {
  for (const char* text : {"lucid: pad(6) jitter(3) scale(0.9..1.1) rotate(-10..10) jitter(2)",
                           "captum: scale(0.95,1,1.05) jitter(4) rotate(-5..5)"}) {
    const Transforms transforms = parse_transforms(text);
    const auto gpu = test::make_simulated_gpu();
    const auto on_gpu = run_lane(*gpu, 1, 0, transforms);
    const auto cpu = cpu::make_backend();
    const auto on_cpu = run_lane(*cpu, 1, 0, transforms);
    for (const std::size_t step : {0U, 1U, 2U, 3U}) {
      EXPECT_LE(std::abs(on_gpu.first[step] - on_cpu.first[step]), 1e-3 * std::abs(on_cpu.first[step]))
          << text;
    }
  }
}

/// Jobs of unequal lengths, in the order given.
std::vector<Job> jobs_on(const std::vector<const char*>& objectives) {
  std::vector<Job> jobs;
  for (const char* objective : objectives) {
    const auto id = static_cast<std::int64_t>(jobs.size());
    Job job{id, {}};
    job.options.objective = parse_objective(objective, model());
    job.options.height = job.options.width = 32;
    job.options.steps = 2 + static_cast<int>(id) % 2;
    jobs.push_back(job);
  }
  return jobs;
}

struct Scheduled {
  ScheduleReport report;
  test::Pictures pictures;
};

Scheduled schedule(const std::vector<Job>& jobs, int batch, std::size_t memory = std::size_t{1} << 30) {
  test::ListedJobs source(jobs);
  test::KeptResults sink;
  ScheduleOptions options;
  options.batch = batch;
  options.jobs = static_cast<std::int64_t>(jobs.size());
  const ScheduleReport report =
      run_jobs(model(), options, source, sink, std::atomic<bool>(false), [&](const ComputeOptions&) {
        return std::make_unique<Device>(test::make_simulated_gpu(memory), Precision::fp32);
      });
  return {report, test::pictures_of(sink)};
}

TEST(ScheduleOnADevice, GivesTheSameBytesInAnyBatch) {
  // Three plans: two branches of a module, and a layer.
  const std::vector<Job> jobs = jobs_on({"mixed3a:1", "mixed3a:2", "mixed3a:70", "conv2d2:5", "conv2d2:6"});
  const auto one_by_one = schedule(jobs, 1);
  ASSERT_EQ(one_by_one.pictures.size(), jobs.size());
  EXPECT_EQ(schedule(jobs, 2).pictures, one_by_one.pictures);
  const auto chosen = schedule(jobs, 0);
  EXPECT_EQ(chosen.pictures, one_by_one.pictures);
  EXPECT_EQ(chosen.report.batch, 5) << "no more slots than jobs";
}

TEST(ScheduleOnADevice, EveryRuleGivesTheSameBytesInAnyBatch) {
  std::vector<Job> jobs = jobs_on({"mixed3a:1", "mixed3a:2", "mixed3a:3", "mixed3a:4", "mixed3a:5"});
  jobs[0].options.update.optimiser = Optimiser::nadam;
  jobs[1].options.update.optimiser = Optimiser::ascent;
  jobs[2].options.restarts = 3;
  for (const std::size_t i : {3U, 4U}) {
    // Longer than a look at the device is away.
    jobs[i].options.steps = 40;
    jobs[i].options.patience = 3;
    jobs[i].options.update.learning_rate = 0.5F;
  }
  const auto one_by_one = schedule(jobs, 1);
  ASSERT_EQ(one_by_one.pictures.size(), jobs.size());
  EXPECT_LT(one_by_one.pictures.at(3).first.size(), 41U) << "no plateau";
  EXPECT_EQ(schedule(jobs, 3).pictures, one_by_one.pictures);
  for (Job& job : jobs) job.options.gradient.pool = PoolGradient::l2;
  const auto smooth = schedule(jobs, 2);
  EXPECT_NE(smooth.pictures, one_by_one.pictures);
  EXPECT_EQ(schedule(jobs, 1).pictures, smooth.pictures);
}

TEST(ScheduleOnADevice, HalvesABatchThatDoesNotFit) {
  const std::vector<Job> jobs = jobs_on({"conv2d0:5", "conv2d0:6"});
  const auto bytes_for = [](int slots) {
    const auto gpu = test::make_simulated_gpu();
    const std::size_t before = gpu->free_bytes();
    LaneSpec spec;
    spec.goals.targets = {{"conv2d0", false, {}}};
    spec.height = spec.width = 32;
    spec.slots = slots;
    spec.most_steps = 4096;
    const Lane lane(*gpu, {}, model(), spec);
    return before - gpu->free_bytes();
  };
  const auto fitted = schedule(jobs, 8, (bytes_for(2) + bytes_for(4)) / 2);
  EXPECT_EQ(fitted.report.batch, 2);
  EXPECT_TRUE(fitted.report.halved);
  EXPECT_EQ(fitted.pictures, schedule(jobs, 1).pictures);
  EXPECT_THROW(schedule(jobs, 8, 100'000), OutOfMemory);
}

TEST(ScheduleOnADevice, ALaneThatDoesNotFitBesideAnotherKeepsItsBatch) {
  const std::vector<Job> jobs = jobs_on({"conv2d0:5", "conv2d0:6", "conv2d2:5", "conv2d2:6"});
  test::ListedJobs source(jobs);
  test::KeptResults sink;
  ScheduleOptions options;
  options.batch = 2;
  options.jobs = 4;
  std::atomic<int> made = 0;
  const ScheduleReport report =
      run_jobs(model(), options, source, sink, std::atomic<bool>(false), [&](const ComputeOptions&) {
        // The second is made while the first lane has its memory.
        const std::size_t memory = made++ == 1 ? 100'000 : std::size_t{1} << 30;
        return std::make_unique<Device>(test::make_simulated_gpu(memory), Precision::fp32);
      });
  EXPECT_EQ(made, 3);
  EXPECT_EQ(report.batch, 2);
  EXPECT_FALSE(report.halved);
  EXPECT_EQ(test::pictures_of(sink), schedule(jobs, 2).pictures);
}

TEST(Device, SaysWhatIsMissing) {
  const auto message = [](const std::string& device, Precision precision) {
    try {
      Device made({device, precision, 1});
    } catch (const Error& error) {
      return std::string(error.what());
    }
    return std::string();
  };
  EXPECT_NE(message("gpu", Precision::automatic).find("unknown device 'gpu'"), std::string::npos);
  EXPECT_NE(message("cuda:x", Precision::automatic).find("unknown device 'cuda:x'"), std::string::npos);
  EXPECT_NE(message("cuda:-1", Precision::automatic).find("unknown device"), std::string::npos);
  EXPECT_NE(message("cpu", Precision::bf16).find("precision bf16 needs a GPU"), std::string::npos);
  EXPECT_EQ(message("cpu", Precision::automatic), "");
}

}  // namespace
}  // namespace limpid::device_test
