// The whole engine on a GPU against the CPU: activations of every layer in every precision, gradients of objectives, steps,
// slots and schedules; gradient_parity_test.cpp has the network's gradients. Where no GPU answers these tests skip.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "engine/limpid.hpp"
#include "engine/network/device.h"
#include "engine/optimize/lane.h"
#include "engine/optimize/scheduler.h"
#include "engine/session/session.h"
#include "kernels/cuda_library.h"
#include "tests/engine/scheduled_jobs.h"
#include "tests/session/session_use.h"
#include "weights/hdf5_file.h"
#include "weights/locate.h"
#include "weights/synthetic.h"

namespace limpid {
namespace {

/// The weights that are at hand, else random ones: parity holds for any.
const Model& model() {
  static const Model instance = [] {
    try {
      return read_model(locate_weights());
    } catch (const Error&) {
      return synthetic_model("bvlc_googlenet", 1);
    }
  }();
  return instance;
}

/// Noise of all frequencies around grey.
Image picture(int height, int width, unsigned seed) {
  std::mt19937 generator(seed);
  std::normal_distribution<float> noise(0.5F, 0.15F);
  Image image{height, width, std::vector<float>(static_cast<std::size_t>(height * width * 3))};
  for (float& value : image.rgb) value = std::clamp(noise(generator), 0.0F, 1.0F);
  return image;
}

double relative_error(const std::vector<float>& actual, const std::vector<float>& expected) {
  double difference = 0;
  double norm = 0;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    difference += std::pow(static_cast<double>(actual[i]) - static_cast<double>(expected[i]), 2);
    norm += std::pow(static_cast<double>(expected[i]), 2);
  }
  return std::sqrt(difference / norm);
}

const std::vector<std::string>& layers() {
  static const std::vector<std::string> names = [] {
    std::vector<std::string> all;
    for (const LayerReport& layer : describe_layers(model(), 224, 224)) all.push_back(layer.name);
    return all;
  }();
  return names;
}

struct PrecisionCase {
  Precision precision;
  // Relative L2; where they come from: gradient_parity_test.cpp.
  double tolerance;           ///< Of activations.
  double gradient_tolerance;  ///< Of input gradients, which other choices change.
};

class EngineOnGpu : public ::testing::TestWithParam<PrecisionCase> {
 protected:
  void SetUp() override {
    if (!cuda_library::answers()) GTEST_SKIP() << "no usable CUDA driver, device or library";
  }

  static ComputeOptions cpu() { return {"cpu", Precision::fp32, 0}; }
  static ComputeOptions gpu() { return {"cuda", GetParam().precision, 0}; }
};

TEST_P(EngineOnGpu, ActivationsOfEveryLayer) {
  const Image image = picture(224, 224, 1);
  const std::vector<Activations> expected = activations(model(), image, layers(), cpu());
  const std::vector<Activations> actual = activations(model(), image, layers(), gpu());
  ASSERT_EQ(actual.size(), expected.size());
  for (std::size_t i = 0; i < expected.size(); ++i) {
    ASSERT_EQ(actual[i].channels, expected[i].channels);
    EXPECT_LE(relative_error(actual[i].values, expected[i].values), GetParam().tolerance) << layers()[i];
  }
}

TEST_P(EngineOnGpu, ActivationsAtAnOddSize) {
  const Image image = picture(97, 131, 2);
  const std::vector<std::string> some = {"conv2d0", "maxpool1", "mixed3a", "mixed4e", "mixed5b"};
  const std::vector<Activations> expected = activations(model(), image, some, cpu());
  const std::vector<Activations> actual = activations(model(), image, some, gpu());
  for (std::size_t i = 0; i < some.size(); ++i) {
    EXPECT_LE(relative_error(actual[i].values, expected[i].values), GetParam().tolerance) << some[i];
  }
}

/// Terms before the ReLUs keep the gradients of silent channels from being nothing. Of several pictures the middle one is judged.
TEST_P(EngineOnGpu, InputGradientsThroughAReluOfItsOwn) {
  constexpr std::int64_t kPictures = 5, kSize = 112;
  const Extents extents{kPictures, 3, kSize, kSize};
  const std::vector<float> pictures = test::noise_pictures(extents, 5);
  const std::shared_ptr<const Model> shared(std::shared_ptr<const Model>(), &model());
  SessionOptions options;
  options.compute = cpu();
  Session host(shared, options);
  options.compute = gpu();
  Session device(shared, options);
  std::vector<float> expected(pictures.size()), actual(pictures.size());
  std::vector<double> value(kPictures);
  for (const char* text :
       {"mixed4a:11 + mixed4a:12:pre", "mixed4a:11:pre + 0.5*mixed4d:3", "conv2d2:7:pre + mixed3a:1",
        "conv2d0:3:pre + conv2d0", "mixed4a + mixed4a_3x3:5:pre + mixed4a_1x1:5",
        "mixed4a_3x3_bottleneck:3:pre + mixed4a_3x3"}) {
    const Objective objective = parse_objective(text, model());
    host.gradient(dense_view(pictures.data(), extents), objective, value,
                  dense_view(expected.data(), extents));
    device.gradient(dense_view(pictures.data(), extents), objective, value,
                    dense_view(actual.data(), extents));
    std::vector<double> errors;
    const std::ptrdiff_t each = std::ssize(pictures) / kPictures;
    for (std::ptrdiff_t i = 0; i < kPictures; ++i) {
      errors.push_back(relative_error({actual.begin() + i * each, actual.begin() + (i + 1) * each},
                                      {expected.begin() + i * each, expected.begin() + (i + 1) * each}));
    }
    std::sort(errors.begin(), errors.end());
    EXPECT_LE(errors[kPictures / 2], GetParam().gradient_tolerance) << text;
  }
}

/// Six jobs of three plans in batches of four; `turned` gives the first three each other's slots.
auto schedule(const ComputeOptions& compute, bool turned) {
  std::vector<Job> jobs;
  for (const char* objective :
       {"mixed4a:1", "mixed4a:2", "mixed4a:3", "mixed4a:200", "mixed4a:201", "mixed3b:5"}) {
    Job job{static_cast<std::int64_t>(jobs.size()), {}};
    job.options.objective = parse_objective(objective, model());
    job.options.height = job.options.width = 96;
    job.options.steps = 20 + static_cast<int>(job.id);
    jobs.push_back(job);
  }
  if (turned) std::reverse(jobs.begin(), jobs.begin() + 3);
  test::ListedJobs source(jobs);
  test::KeptResults sink;
  ScheduleOptions options;
  options.compute = compute;
  options.batch = 4;
  options.jobs = static_cast<std::int64_t>(jobs.size());
  run_jobs(model(), options, source, sink, std::atomic<bool>(false));
  return test::pictures_of(sink);
}

TEST_P(EngineOnGpu, SameJobSameBytesInAnySlot) {
  const auto first = schedule(gpu(), false);
  EXPECT_EQ(first.size(), 6U);
  EXPECT_EQ(schedule(gpu(), false), first);
  EXPECT_EQ(schedule(gpu(), true), first);
}

TEST_P(EngineOnGpu, ClimbsAsHighAsTheCpu) {
  RenderOptions options;
  options.objective = parse_objective("mixed4a:3", model());
  options.height = options.width = 128;
  options.steps = 64;
  const auto late_mean = [&](const ComputeOptions& compute) {
    options.compute = compute;
    const std::vector<double> curve = render(model(), options).objective;
    double sum = 0;
    for (std::size_t i = curve.size() - 17; i + 1 < curve.size(); ++i) sum += curve[i];
    return sum / 16;
  };
  for (const bool alpha : {false, true}) {
    options.colour.alpha = alpha;
    const double expected = late_mean(cpu());
    EXPECT_GE(late_mean(gpu()), 0.9 * expected) << alpha;
  }
}

/// Steps replayed as a graph leave memory alone.
TEST_P(EngineOnGpu, StepsAllocateNothing) {
  Device device(gpu());
  LaneSpec spec;
  spec.goals.targets = {{"mixed4a", false, {}}};
  spec.height = spec.width = 96;
  spec.slots = 2;
  spec.executor = device.executor_options();
  Lane lane(device.backend(), device.stream(), model(), spec);
  SlotJob job;
  job.goals.objective = parse_objective("mixed4a:3", model());
  lane.start(0, job);
  lane.start(1, job);
  for (int i = 0; i < 40; ++i) lane.step();
  lane.synchronise();
  const std::size_t before = device.backend().free_bytes();
  for (int i = 0; i < 200; ++i) lane.step();
  lane.synchronise();
  EXPECT_EQ(device.backend().free_bytes(), before);
  EXPECT_EQ(lane.failed_step(0), 0);
  EXPECT_EQ(lane.curve(0), lane.curve(1)) << "the same job in two slots";
}

INSTANTIATE_TEST_SUITE_P(Precisions, EngineOnGpu,
                         ::testing::Values(PrecisionCase{Precision::fp32, 1e-5, 1e-2},
                                           PrecisionCase{Precision::tf32, 2.4e-3, 0.16},
                                           PrecisionCase{Precision::fp16, 3.4e-3, 0.18},
                                           PrecisionCase{Precision::bf16, 2.8e-2, 0.46}),
                         [](const auto& info) { return to_string(info.param.precision); });

}  // namespace
}  // namespace limpid
