// A job that was saved and restored goes on to the same bytes; bytes that are no state are refused in one line.
#include "engine/job/job_state.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>

#include "engine/job/render_job.h"
#include "engine/pictures/picture_files.h"
#include "kernels/core/error.h"
#include "tests/engine/simulated_gpu.h"
#include "tests/job/job_use.h"
#include "weights/sha256.h"
#include "weights/synthetic.h"

namespace limpid {
namespace {

using test::job_model;
using test::outcome_of;
using test::refusal;
using test::small_job;

constexpr int kSaved = 5;

class SavedJob : public ::testing::TestWithParam<test::NamedJob> {};

TEST_P(SavedJob, GoesOnToTheSameBytes) {
  const JobOptions& options = GetParam().options;
  RenderJob whole(job_model(), options), first(job_model(), options);
  whole.step(100);
  first.step(kSaved);
  const std::vector<std::byte> bytes = first.save();
  PictureFiles files;
  const auto second = RenderJob::restore(job_model(), bytes, options.render.compute, &files);
  EXPECT_EQ(second->steps_done(), first.steps_done());
  EXPECT_EQ(second->objective(), first.objective());
  EXPECT_EQ(second->save(), bytes) << "what was restored is saved as it was";
  second->step(100);
  EXPECT_TRUE(outcome_of(*second) == outcome_of(whole));
  EXPECT_EQ(second->evaluate(), whole.evaluate());
  first.step(100);
  EXPECT_TRUE(outcome_of(first) == outcome_of(whole)) << "saving changes nothing";
}

INSTANTIATE_TEST_SUITE_P(Jobs, SavedJob, ::testing::ValuesIn(test::every_job()),
                         [](const auto& info) { return info.param.name; });

TEST(JobState, IsOfAnyMomentAndOfADeviceToo) {
  const JobOptions options = small_job();
  const auto device = [] { return Device(test::make_simulated_gpu(), Precision::fp32); };
  RenderJob whole(job_model(), options, device());
  whole.step(8);
  for (const int at : {0, 1, 8}) {
    RenderJob job(job_model(), options, device());
    job.step(at);
    const auto restored = RenderJob::restore(job_model(), job.save(), device());
    restored->step(100);
    EXPECT_TRUE(outcome_of(*restored) == outcome_of(whole)) << at;
  }
}

TEST(JobState, HasTheChangesOnTheWay) {
  JobOptions options = small_job();
  options.steerable = true;
  const auto changed = [&](int until, RenderJob& job) {
    job.step(2);
    job.set(test::steering(job, R"({"objective": "0.3*mixed3b:200 - mixed3a:3", "view_strength": 0.5})"));
    job.step(2);
    job.set(test::steering(job, R"({"learning_rate": 0.2})"));
    job.step(until - 4);
  };
  RenderJob whole(job_model(), options), first(job_model(), options);
  changed(8, whole);
  changed(kSaved, first);
  const auto second = RenderJob::restore(job_model(), first.save(), options.render.compute);
  ASSERT_EQ(second->log().size(), 2U);
  EXPECT_EQ(second->log()[1].step, 4);
  second->step(100);
  EXPECT_TRUE(outcome_of(*second) == outcome_of(whole));
}

std::vector<std::byte> some_bytes() {
  JobOptions options = small_job("mixed3a:1");
  options.render.parameters = Cppn{};  // Few parameters.
  RenderJob job(job_model(), options);
  job.step(1);
  return job.save();
}

std::string restoring(std::span<const std::byte> bytes,
                      const std::shared_ptr<const Model>& model = job_model()) {
  return refusal([&] { RenderJob::restore(model, bytes, {"cpu", Precision::fp32, 1}); });
}

TEST(JobState, CutOffAnywhereIsRefused) {
  const std::vector<std::byte> bytes = some_bytes();
  for (std::size_t size = 0; size < bytes.size(); size += 64) {
    const std::string message = restoring({bytes.data(), size});
    ASSERT_TRUE(message == "the state of a job: these bytes are none, or are cut off" ||
                message == "the state of a job is damaged: its checksum is another")
        << size << ": " << message;
  }
}

TEST(JobState, OneBitMoreOrLessIsRefused) {
  const std::vector<std::byte> bytes = some_bytes();
  for (std::size_t at = 0; at < bytes.size(); at += std::max<std::size_t>(1, bytes.size() / 97)) {
    std::vector<std::byte> damaged = bytes;
    damaged[at] ^= std::byte{4};
    EXPECT_NE(restoring(damaged), "no error") << at;
  }
  std::vector<std::byte> longer = bytes;
  longer.push_back({});
  EXPECT_EQ(restoring(longer), "the state of a job is damaged: its checksum is another");
}

/// Bytes whose checksum is right, and whose content is not.
TEST(JobState, ForeignContentIsRefusedThoughItsChecksumHolds) {
  const std::vector<std::byte> bytes = some_bytes();
  const auto with = [&](const std::function<void(JobState&)>& change) {
    JobState state = state_from_bytes(bytes);
    change(state);
    return restoring(to_bytes(state));
  };
  EXPECT_EQ(with([](JobState& state) { state.slot.parameters.pop_back(); }).substr(0, 45),
            "the state of a job is damaged: parameters has");
  EXPECT_NE(with([](JobState& state) { state.slot.curve.clear(); }), "no error");
  EXPECT_NE(with([](JobState& state) { state.record["step"] = 9; }), "no error");
  EXPECT_NE(with([](JobState& state) { state.record["step"] = -1; }), "no error");
  EXPECT_NE(with([](JobState& state) { state.record.erase("job"); }), "no error");
  EXPECT_NE(with([](JobState& state) { state.record["steering"] = 3; }), "no error");
  EXPECT_NE(with([](JobState& state) {
              state.record["job"]["size"] = {41, 48};
              state.record["job"]["param"] = "pixel";
            }),
            "no error");
  EXPECT_NE(with([](JobState& state) { state.record = 5; }), "no error");
}

TEST(JobState, OfOtherWeightsOrAnotherVersionIsRefused) {
  std::vector<std::byte> bytes = some_bytes();
  const auto other = std::make_shared<const Model>(synthetic_model("inception5h", 2));
  EXPECT_EQ(restoring(bytes, other).substr(0, 35), "the state of a job is of other weig");
  bytes[8] = std::byte{7};
  EXPECT_EQ(restoring(bytes),
            "the state of a job is of version 7 of the layout, and this program reads version 2");
  EXPECT_EQ(restoring({}), "the state of a job: these bytes are none, or are cut off");
}

TEST(JobState, OfAnotherDeviceOrPrecisionIsRefused) {
  const auto with = [](const char* field, const char* value) {
    JobState state = state_from_bytes(some_bytes());
    EXPECT_TRUE(state.record[field].is_string());
    state.record[field] = value;
    return restoring(to_bytes(state));
  };
  EXPECT_EQ(
      with("device", "NVIDIA H200"),
      "the state of a job is of NVIDIA H200 in fp32, and it is restored on cpu in fp32: give the device and "
      "precision it had");
  EXPECT_EQ(
      with("precision", "fp16"),
      "the state of a job is of cpu in fp16, and it is restored on cpu in fp32: give the device and precision it "
      "had");
  EXPECT_EQ(with("device", "cpu"), "no error");
}

}  // namespace
}  // namespace limpid
