// LRN and the pool behind it as one operation: where a plan has it, and that nothing else changes.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <utility>
#include <variant>
#include <vector>

#include "engine/network/executor.h"
#include "engine/network/planner.h"
#include "engine/network/threads.h"
#include "engine/objective/terms.h"
#include "weights/synthetic.h"

namespace limpid {
namespace {

constexpr int kSide = 64;

PlanRequest parallel(const std::vector<TargetRequest>& targets) {
  PlanRequest request{targets, kSide, kSide, 1, true};
  request.concurrency = Concurrency::parallel;
  return request;
}

template <class Op>
std::ptrdiff_t count(const std::vector<PlanOp>& ops) {
  return std::count_if(ops.begin(), ops.end(),
                       [](const PlanOp& op) { return std::holds_alternative<Op>(op.op); });
}

/// Forwards and backwards.
using Counts = std::pair<std::ptrdiff_t, std::ptrdiff_t>;

/// How often the two are one operation.
Counts lrn_pools(const Plan& plan) {
  return {count<LrnPoolFpropOp>(plan.forward), count<LrnPoolBpropOp>(plan.backward)};
}

TEST(LrnPools, AreOneOperationOfAGpusPlan) {
  const Model model = synthetic_model("bvlc_googlenet", 1);
  PlanRequest request = parallel({{"mixed3a", false, {}}});
  const Plan plan = make_plan(model, request);
  EXPECT_EQ(lrn_pools(plan), Counts(1, 1));
  request.concurrency = Concurrency::serial;
  const Plan apart = make_plan(model, request);
  EXPECT_EQ(lrn_pools(apart), Counts(0, 0));
  EXPECT_EQ(plan.forward.size(), apart.forward.size() - 1);
  EXPECT_EQ(plan.backward.size(), apart.backward.size() - 1);
  const auto holds_nothing = [](const PlanBuffer& buffer) { return buffer.last_use < 0; };
  EXPECT_EQ(std::count_if(plan.buffers.begin(), plan.buffers.end(), holds_nothing), 2);
  request = parallel({{"maxpool1", false, {}}});
  request.backward = false;
  EXPECT_EQ(lrn_pools(make_plan(model, request)), Counts(1, 0));
}

TEST(LrnPools, AreTwoWhereWhatIsBetweenIsAsked) {
  const Model model = synthetic_model("bvlc_googlenet", 1);
  const TargetRequest norm{"localresponsenorm1", false, {}}, module{"mixed3a", false, {}};
  EXPECT_EQ(lrn_pools(make_plan(model, parallel({norm, module}))), Counts(0, 0));
  EXPECT_EQ(lrn_pools(make_plan(model, parallel({norm}))), Counts(0, 0));
  for (const PoolGradient rule : {PoolGradient::average, PoolGradient::l2}) {
    PlanRequest smoothed = parallel({module});
    smoothed.pool_gradient = rule;
    EXPECT_EQ(lrn_pools(make_plan(model, smoothed)), Counts(0, 0));
  }
}

class LrnPoolsRun : public ::testing::TestWithParam<const char*> {};

TEST_P(LrnPoolsRun, GivesTheBitsOfTwo) {
  const Model model = synthetic_model(GetParam(), 1);
  HostThreads threads(1);
  const auto backend = cpu::make_backend();
  std::mt19937 random(3);
  std::normal_distribution<float> normal(0, 100);
  std::vector<float> input(3 * kSide * kSide);
  for (float& x : input) x = normal(random);
  const auto gradient = [&](const PlanRequest& request, Counts expected) {
    NetworkExecutor network(*backend, threads.stream(), model, make_plan(model, request));
    EXPECT_EQ(lrn_pools(network.plan()), expected);
    for (int i = 0; i < static_cast<int>(request.targets.size()); ++i) {
      const PlanTarget& target = network.plan().targets[static_cast<std::size_t>(i)];
      ObjectiveTerm objective;
      objective.layer = target.layer;
      objective.kind = TermKind::layer;
      network.set_term(i, 0, term_of(objective, target));
    }
    network.set_input({input.data(), 1, 3, kSide, kSide});
    network.forward();
    network.backward();
    std::vector<float> values(input.size());
    network.get_input_gradient({values.data(), 1, 3, kSide, kSide});
    return values;
  };
  const TargetRequest conv{"conv2d2", false, {}}, module{"mixed3a", false, {}};
  for (const std::vector<TargetRequest>& targets : {std::vector{module}, std::vector{conv, module}}) {
    PlanRequest request = parallel(targets);
    const std::vector<float> as_one = gradient(request, {1, 1});
    request.concurrency = Concurrency::serial;
    EXPECT_EQ(as_one, gradient(request, {0, 0}));
  }
}
INSTANTIATE_TEST_SUITE_P(Families, LrnPoolsRun, ::testing::Values("bvlc_googlenet", "inception5h"));

}  // namespace
}  // namespace limpid
