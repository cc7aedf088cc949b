// Plans of steps by themselves: what operations may touch, and where buffers lie.
#include "engine/step/step_plan.h"

#include <gtest/gtest.h>

#include <limits>
#include <stdexcept>
#include <string>
#include <vector>

#include "engine/network/threads.h"
#include "engine/step/step_binder.h"
#include "kernels/ops/spectrum_scale.h"

namespace limpid {
namespace {

/// An operation that declares what is given and touches the first three of four buffers.
struct Doubling {
  explicit Doubling(const std::function<std::vector<StepUse>(int from, int factor, int to)>& uses) {
    StepBuilder step(plan);
    from = step.kept("from", 2 * sizeof(float));
    factor = step.table("factor", 1, [] { return std::vector<float>{2}; });
    to = step.scratch("to", 2 * sizeof(float));
    step.kept("other", sizeof(float));
    step.add("doubled", uses(from, factor, to),
             [from = from, factor = factor, to = to](const StepOperands& m) {
               return SpectrumScale{m.read<float>(from), m.read<float>(factor), m.write<float>(to), 2, 1};
             });
  }

  /// What the operation makes of 3 and 5.
  std::vector<float> run() {
    HostThreads host(1);
    const auto backend = cpu::make_backend();
    const StepBinder binder(*backend, host.stream(), {{&plan}});
    binder.kept<float>(from).upload(host.stream(), 0, std::vector<float>{3, 5});
    for (const BoundStepOp& op : binder.bind_before(0, nullptr)) op.run(host.stream());
    const auto* values = static_cast<const float*>(binder.find(to));
    return {values, values + 2};
  }

  StepPlan plan;
  int from = kNoBuffer, factor = kNoBuffer, to = kNoBuffer;
};

TEST(StepPlan, OperationsRunOnTheirBuffers) {
  Doubling step([](int from, int factor, int to) {
    return std::vector{reads(from), reads(factor), writes(to)};
  });
  EXPECT_EQ(step.run(), (std::vector<float>{6, 10}));
}

TEST(StepPlan, AnOperationTouchesWhatItDeclaresAndNothingElse) {
  const auto message = [](const std::function<std::vector<StepUse>(int, int, int)>& uses) {
    try {
      Doubling(uses).run();
    } catch (const std::logic_error& error) {
      return std::string(error.what());
    }
    return std::string("nothing");
  };
  EXPECT_EQ(message([](int from, int, int to) {
              return std::vector{reads(from), writes(to)};
            }),
            "'doubled' reads buffer 1 and does not declare it");
  EXPECT_EQ(message([](int from, int factor, int to) {
              return std::vector{reads(from), reads(factor), reads(to)};
            }),
            "'doubled' writes buffer 2 and does not declare it");
  EXPECT_EQ(message([](int from, int factor, int to) {
              return std::vector{writes(from), reads(factor), writes(to)};
            }),
            "'doubled' reads buffer 0 and does not declare it");
  EXPECT_EQ(message([](int from, int factor, int to) {
              return std::vector{reads(from), reads(factor), writes(to), reads(3)};
            }),
            "'doubled' declares buffer 3 and does not use it");
}

/// a > b > c > d, the network, d > e: of these only neighbours in time need memory of their own.
struct Chain {
  explicit Chain(std::size_t bytes) {
    StepBuilder step(plan);
    for (const char* name : {"a", "b", "c", "d", "e"}) buffers.push_back(step.scratch(name, bytes));
    const auto nothing = [](const StepOperands&) { return StepRun(); };
    for (std::size_t i = 1; i < buffers.size(); ++i) {
      (i < 4 ? plan.before : plan.after)
          .push_back({"", 0, {reads(buffers[i - 1]), writes(buffers[i])}, nothing});
    }
  }

  StepPlan plan;
  std::vector<int> buffers;
};

TEST(StepPlan, BuffersShareMemoryWithEachOtherAndTheNetwork) {
  const Chain chain(100);
  for (const Concurrency concurrency : {Concurrency::serial, Concurrency::parallel}) {
    const StepLayout layout = lay_out(chain.plan, concurrency, 1000);
    const std::size_t d = layout.offsets[3];
    EXPECT_GE(d, 1000U) << "lives while the network runs";
    for (const std::size_t other : {0, 1, 2, 4}) EXPECT_LT(layout.offsets[other], 1000U) << other;
    EXPECT_EQ(layout.scratch_bytes, d + 100);
    for (std::size_t i = 1; i < 3; ++i)
      EXPECT_GE(layout.offsets[i] > layout.offsets[i - 1] ? layout.offsets[i] - layout.offsets[i - 1]
                                                          : layout.offsets[i - 1] - layout.offsets[i],
                100U);
  }
  EXPECT_EQ(lay_out(chain.plan, Concurrency::serial, 0).scratch_bytes, 128U + 100U);
}

TEST(StepPlan, WhatMayRunSideBySideSharesNothingWhereItDoes) {
  // Two chains that do not know each other.
  StepPlan plan;
  StepBuilder step(plan);
  const auto nothing = [](const StepOperands&) { return StepRun(); };
  for (const char* name : {"a", "b"}) {
    const int buffer = step.scratch(name, 64);
    plan.before.push_back({"", 0, {writes(buffer)}, nothing});
  }
  EXPECT_EQ(lay_out(plan, Concurrency::serial, 0).scratch_bytes, 64U);
  EXPECT_EQ(lay_out(plan, Concurrency::parallel, 0).scratch_bytes, 128U);
}

TEST(StepPlan, NamesAreUnique) {
  StepPlan plan;
  StepBuilder step(plan);
  step.scratch("sums", 4);
  step.scratch("sums", 4);
  step.prefix("other ");
  step.scratch("sums", 4);
  EXPECT_EQ(plan.buffers[0].name, "sums");
  EXPECT_EQ(plan.buffers[1].name, "sums 2");
  EXPECT_EQ(plan.buffers[2].name, "other sums");
}

}  // namespace
}  // namespace limpid
