// The steady state allocates nothing. A program of its own, for it replaces operator new.
#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <cstdlib>
#include <functional>
#include <limits>
#include <new>
#include <vector>

#include "engine/job/render_job.h"
#include "engine/network/threads.h"
#include "engine/optimize/lane.h"
#include "engine/optimize/lane_plan.h"
#include "engine/session/session.h"
#include "weights/synthetic.h"

namespace limpid {
namespace {

std::atomic<long> allocations{0};
std::atomic<long> live{0};  ///< Allocations that were not freed.

/// Calls of operator new, on all threads, while `run` runs.
long allocated_by(const std::function<void()>& run) {
  const long before = allocations;
  run();
  return allocations - before;
}

/// The least of several runs: a thread that meets a convolution late has something made once.
long least_allocated_by(const std::function<void()>& run) {
  long least = std::numeric_limits<long>::max();
  for (int i = 0; i < 10; ++i) least = std::min(least, allocated_by(run));
  return least;
}

/// oneDNN makes a table of arguments at every execution; no other operation may allocate, and nothing may
/// pile up.
struct Pictures {
  const char* name;
  std::vector<int> shared;
  bool alpha;
};
class Allocation : public ::testing::TestWithParam<Pictures> {};

TEST_P(Allocation, StepsAllocateNothingOutsideOnednn) {
  const Model model = synthetic_model("bvlc_googlenet", 1);
  HostThreads host(2);
  const auto backend = cpu::make_backend();
  LaneSpec spec;
  spec.goals.targets = {{"mixed3b", false, {}}};
  spec.height = 65;
  spec.width = 50;
  spec.slots = 2;
  spec.images = 2;
  spec.image.parameters = Spectral{.shared = GetParam().shared};
  spec.image.alpha = GetParam().alpha;
  Lane lane(*backend, host.stream(), model, spec);
  for (int i = 0; i < spec.slots; ++i) {
    SlotJob job;
    job.goals.objective = channel_objective("mixed3b", i);
    lane.start(i, job);
  }
  for (int i = 0; i < 20; ++i) lane.step();  // Beyond the redirected steps.

  long in_onednn = 0;
  for (const auto* ops : {&lane.network().forward_ops(), &lane.network().backward_ops()}) {
    for (const NetworkExecutor::BoundOp& op : *ops) {
      const auto run = [&] { op.run(host.stream()); };
      if (op.algorithm.starts_with("onednn")) {
        in_onednn += least_allocated_by(run);
      } else {
        EXPECT_EQ(allocated_by(run), 0) << op.name;
      }
    }
  }
  EXPECT_GT(in_onednn, 0) << "nothing is counted";
  EXPECT_EQ(least_allocated_by([&] { lane.step(); }), in_onednn);
}

INSTANTIATE_TEST_SUITE_P(Kinds, Allocation,
                         ::testing::Values(Pictures{"Plain", {}, false}, Pictures{"Shared", {4, 16}, false},
                                           Pictures{"Alpha", {}, true}),
                         [](const auto& info) { return info.param.name; });

/// What the executor's own operations allocate in one run, all of it oneDNN's.
long allocated_in_onednn(const std::vector<NetworkExecutor::BoundOp>& ops, const Stream& stream) {
  return least_allocated_by([&] {
    for (const NetworkExecutor::BoundOp& op : ops) op.run(stream);
  });
}

TEST(MicroBatchAllocation, APassAllocatesNothingOutsideOnednn) {
  const Model model = synthetic_model("bvlc_googlenet", 1);
  HostThreads threads(1);
  const auto backend = cpu::make_backend();
  PlanRequest request{{{"mixed3a", false, {}}}, 32, 32, 3};
  request.micro_batches = {1, true, true};
  NetworkExecutor network(*backend, threads.stream(), model, make_plan(model, request));
  network.gradient();
  const long in_onednn = allocated_in_onednn(network.forward_ops(), threads.stream()) +
                         allocated_in_onednn(network.backward_ops(), threads.stream());
  EXPECT_GT(in_onednn, 0) << "nothing is counted";
  EXPECT_EQ(allocated_by([&] { network.gradient(); }), in_onednn);
}

TEST(SessionAllocation, CallsAllocateNothingOutsideOnednn) {
  const auto model = std::make_shared<const Model>(synthetic_model("bvlc_googlenet", 1));
  SessionOptions options;
  options.targets = {"mixed3a"};
  options.compute = {"cpu", Precision::fp32, 2};
  Session session(model, options);
  const Extents input{1, 3, 32, 32};
  const Extents map = session.target_extents(0, 1, 32, 32);
  std::vector<float> picture(std::size_t{3} * 32 * 32, 0.25F), gradient(picture.size());
  std::vector<float> values(static_cast<std::size_t>(map[1] * map[2] * map[3]));
  const TensorView<float> output = dense_view(values.data(), map);
  const TensorView<const float> cotangent = output;
  const auto forward = [&] { session.forward(dense_view(picture.data(), input), {&output, 1}); };
  const auto backward = [&] { session.backward({&cotangent, 1}, dense_view(gradient.data(), input)); };

  Device device(options.compute);
  PlanRequest request{{{"mixed3a", false, {}, {0, 0, 0, 0}, true}}, 32, 32, 1, true};
  ExecutorOptions exact = device.executor_options();
  exact.translation_exact = true;
  NetworkExecutor bare(device.backend(), device.stream(), *model, make_plan(*model, request), exact);
  const long in_forward = allocated_in_onednn(bare.forward_ops(), device.stream());
  const long in_backward = allocated_in_onednn(bare.backward_ops(), device.stream());
  EXPECT_GT(in_forward, 0) << "nothing is counted";
  const auto calls = [&](int count) {
    for (int i = 0; i < count; ++i) {
      forward();
      backward();
    }
  };
  calls(50);
  const long before = live;
  // What is made once for a thread that was late; an allocation of ours would be in every call.
  const long ours = allocated_by([&] { calls(1000); }) - 1000 * (in_forward + in_backward);
  EXPECT_GE(ours, 0);
  EXPECT_LT(ours, 50);
  EXPECT_LT(live - before, 50) << "something piles up";
}

/// What a step of a lane for the job allocates, all of it oneDNN's (see the first test).
long allocated_by_lane(const Model& model, const JobOptions& options) {
  Device device(options.render.compute);
  LaneSpec spec = lane_for(model, options.render, false);
  for (const std::string& layer : options.targets) {
    TargetRequest target{layer, false, {}};
    target.terms.seeds = 0;
    target.given_gradient = true;
    spec.goals.targets.push_back(target);
  }
  spec.executor = device.executor_options();
  Lane lane(device.backend(), device.stream(), model, spec);
  lane.start(0, slot_job(options.render));
  for (int i = 0; i < 20; ++i) lane.step();
  return allocated_by([&] { lane.step(); });
}

TEST(JobAllocation, StepsAllocateNothingOutsideOnednn) {
  const auto model = std::make_shared<const Model>(synthetic_model("bvlc_googlenet", 1));
  JobOptions options;
  options.render.objective = channel_objective("mixed3a", 3);
  options.render.height = options.render.width = 32;
  options.render.patience = 100;
  options.render.compute = {"cpu", Precision::fp32, 1};
  RenderJob job(model, options);
  job.step(20);  // Beyond the redirected steps.
  const long in_onednn = allocated_by_lane(*model, options);
  EXPECT_GT(in_onednn, 0) << "nothing is counted";
  EXPECT_EQ(allocated_by([&] { job.step(80); }), 80 * in_onednn);

  options.targets = {"mixed3b"};
  RenderJob given(model, options);
  const Extents map = given.target_extents(0);
  std::vector<float> values(static_cast<std::size_t>(map[1] * map[2] * map[3]), 0.001F), room(values.size());
  const TensorView<const float> cotangent = dense_view<const float>(values.data(), map);
  const auto step = [&] {
    given.activations(0, dense_view(room.data(), map));
    given.step_with({&cotangent, 1});
  };
  for (int i = 0; i < 20; ++i) step();
  EXPECT_EQ(allocated_by(step), allocated_by_lane(*model, options));
}

}  // namespace
}  // namespace limpid

// g++ inlines one of the pair below -O2 and not the other, and takes malloc and free for a mismatch.
#pragma GCC diagnostic ignored "-Wmismatched-new-delete"

void* operator new(std::size_t size) {
  ++limpid::allocations;
  ++limpid::live;
  if (void* p = std::malloc(size == 0 ? 1 : size)) return p;
  throw std::bad_alloc();
}
void operator delete(void* p) noexcept {
  if (p != nullptr) --limpid::live;
  std::free(p);
}
void operator delete(void* p, std::size_t) noexcept {
  operator delete(p);
}
