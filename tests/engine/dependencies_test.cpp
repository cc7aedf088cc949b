// Programs in any order their edges allow give the same bytes.
#include "engine/network/dependencies.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <vector>

#include "engine/network/executor.h"
#include "engine/network/planner.h"
#include "engine/network/threads.h"
#include "engine/objective/terms.h"
#include "tests/engine/engine_run.h"
#include "weights/synthetic.h"

namespace limpid {
namespace {

using Edges = std::vector<std::vector<int>>;

MemoryUse slice(int buffer, std::size_t begin, int first_group, int groups, bool write) {
  return {buffer, begin, begin + 100, first_group, groups, write};
}

TEST(Dependencies, OrderReadersAfterWritersAndWritersAfterReaders) {
  const auto write = [](int memory) { return std::vector<MemoryUse>{whole_memory(memory, true)}; };
  const auto read = [](int memory) { return std::vector<MemoryUse>{whole_memory(memory, false)}; };
  EXPECT_EQ(dependencies({write(-1), read(-1), read(-1), write(-1), read(-2)}),
            (Edges{{}, {0}, {0}, {1, 2}, {}}));
}

TEST(Dependencies, LeaveOutWhatFollows) {
  const auto touch = [] { return std::vector<MemoryUse>{whole_memory(-1, true)}; };
  EXPECT_EQ(dependencies({touch(), touch(), touch()}), (Edges{{}, {0}, {1}}));
}

TEST(Dependencies, SlicesOfOneBufferMeetByGroupsAndBuffersByBytes) {
  const std::vector<std::vector<MemoryUse>> operations = {
      {slice(0, 0, 0, 4, true)},   {slice(0, 0, 4, 4, true)},  // Beside each other.
      {slice(0, 0, 3, 2, false)},                              // Across both.
      {slice(1, 50, 0, 1, true)},                              // Another buffer over the same bytes.
      {slice(2, 150, 0, 1, true)},                             // Behind it: [150, 250) against [50, 150).
  };
  EXPECT_EQ(dependencies(operations), (Edges{{}, {}, {0, 1}, {2}, {}}));
}

TEST(Dependencies, LongestChain) {
  EXPECT_EQ(longest_chain({}), 0);
  EXPECT_EQ(longest_chain({{}, {}, {0}, {1, 2}, {}}), 3);
}

/// A random order in which every operation comes after those it waits for.
std::vector<std::size_t> any_order(const Edges& after, std::mt19937& random) {
  std::vector<std::size_t> order;
  std::vector<bool> done(after.size());
  while (order.size() < after.size()) {
    std::vector<std::size_t> ready;
    for (std::size_t i = 0; i < after.size(); ++i) {
      const bool free = std::all_of(after[i].begin(), after[i].end(),
                                    [&](int j) { return done[static_cast<std::size_t>(j)]; });
      if (!done[i] && free) ready.push_back(i);
    }
    const std::size_t next = ready[random() % ready.size()];
    done[next] = true;
    order.push_back(next);
  }
  return order;
}

class AnyOrder : public ::testing::TestWithParam<Concurrency> {};

TEST_P(AnyOrder, OfANetworksOperationsGivesTheSameBytes) {
  const Model model = synthetic_model("bvlc_googlenet", 1);
  HostThreads threads(1);
  const auto backend = cpu::make_backend();
  PlanRequest request{{{"mixed4b", false, {}}}, 64, 64, 1, true};
  request.concurrency = GetParam();
  NetworkExecutor network(*backend, threads.stream(), model, make_plan(model, request));
  ObjectiveTerm objective;
  objective.layer = "mixed4b";
  objective.kind = TermKind::layer;
  network.set_term(0, 0, term_of(objective, network.plan().targets.front()));
  test::write_input(test::make_input(64, 64, 3), network);
  network.forward();
  network.backward();
  const auto result = [&] {
    const float* begin = network.input_gradient().plane(0, 0);
    return std::vector<float>(begin, begin + 3 * 64 * 64);
  };
  const std::vector<float> expected = result();

  std::vector<NetworkExecutor::BoundOp> ops = network.forward_ops();
  ops.insert(ops.end(), network.backward_ops().begin(), network.backward_ops().end());
  std::vector<std::vector<MemoryUse>> uses;
  for (const auto& op : ops) uses.push_back(op.uses);
  const Edges after = dependencies(uses);
  // Side by side, a module is two convolutions deep each way, whatever its width.
  const int chain = longest_chain(after);
  if (GetParam() == Concurrency::parallel) {
    EXPECT_LT(chain, static_cast<int>(ops.size()) * 3 / 4);
  }
  std::mt19937 random(1);
  for (int trial = 0; trial < 5; ++trial) {
    std::fill_n(network.input_gradient().plane(0, 0), 3 * 64 * 64, -1.0F);
    for (const std::size_t i : any_order(after, random)) ops[i].run(threads.stream());
    EXPECT_EQ(result(), expected) << trial << ", longest chain " << chain << " of " << ops.size();
  }
}

INSTANTIATE_TEST_SUITE_P(Memory, AnyOrder, ::testing::Values(Concurrency::serial, Concurrency::parallel),
                         [](const auto& info) {
                           return info.param == Concurrency::serial ? "Serial" : "Parallel";
                         });

}  // namespace
}  // namespace limpid
