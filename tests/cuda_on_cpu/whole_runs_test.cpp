// A render and a grid's schedule on the emulated device, every access checked, against the CPU.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <string>

#include "engine/limpid.hpp"
#include "engine/optimize/scheduler.h"
#include "tests/engine/scheduled_jobs.h"
#include "weights/synthetic.h"

namespace limpid {
namespace {

const Model& model() {
  static const Model instance = synthetic_model("bvlc_googlenet", 1);
  return instance;
}

RenderOptions options(const char* objective, int steps) {
  RenderOptions result;
  result.objective = parse_objective(objective, model());
  result.height = result.width = 48;
  result.steps = steps;
  return result;
}

const ComputeOptions kCpu{"cpu", Precision::fp32, 1};
const ComputeOptions kDevice{"cuda", Precision::fp32, 0};

double largest_difference(const std::vector<float>& a, const std::vector<float>& b) {
  if (a.size() != b.size()) return INFINITY;
  double largest = 0;
  for (std::size_t i = 0; i < a.size(); ++i)
    largest = std::max(largest, std::abs(static_cast<double>(a[i]) - b[i]));
  return largest;
}

/// Three steps: sums in another order have not grown to what can be seen.
constexpr double kHalfAByte = 0.5 / 255;

TEST(WholeRuns, ARenderIsTheCpus) {
  RenderOptions asked = options("mixed3b:11 + 0.1*conv2d2 - 0.01*tv", 3);
  asked.compute = kCpu;
  const RenderResult expected = render(model(), asked);
  asked.compute = kDevice;
  const RenderResult actual = render(model(), asked);
  EXPECT_LE(largest_difference(actual.snapshots.back().image.rgb, expected.snapshots.back().image.rgb),
            kHalfAByte);
  ASSERT_EQ(actual.objective.size(), expected.objective.size());
  for (std::size_t i = 0; i < expected.objective.size(); ++i) {
    EXPECT_NEAR(actual.objective[i], expected.objective[i], 1e-4 * std::abs(expected.objective[i])) << i;
  }
}

/// Jobs of two lengths through two slots, which are filled again.
auto schedule(const ComputeOptions& compute) {
  std::vector<Job> jobs;
  for (const int channel : {1, 2, 3}) {
    Job job{static_cast<std::int64_t>(jobs.size()), {}};
    job.options = options(("mixed3a:" + std::to_string(channel)).c_str(), 2 + channel % 2);
    jobs.push_back(job);
  }
  test::ListedJobs source(jobs);
  test::KeptResults sink;
  ScheduleOptions scheduling;
  scheduling.compute = compute;
  scheduling.batch = 2;
  scheduling.jobs = static_cast<std::int64_t>(jobs.size());
  run_jobs(model(), scheduling, source, sink, std::atomic<bool>(false));
  return test::pictures_of(sink);
}

TEST(WholeRuns, AGridIsTheCpus) {
  const auto expected = schedule(kCpu), actual = schedule(kDevice);
  ASSERT_EQ(actual.size(), 3U);
  for (const auto& [id, curve_and_picture] : expected) {
    EXPECT_LE(largest_difference(actual.at(id).second, curve_and_picture.second), kHalfAByte) << id;
  }
}

}  // namespace
}  // namespace limpid
