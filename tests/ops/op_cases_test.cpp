// Every case of every operation on the CPU: against its definition, beside what must stay as it is, for any
// number of threads, against its adjoint, and in the memory and the layout of a device.
#include <gtest/gtest.h>

#include <map>
#include <memory>
#include <string>
#include <vector>

#include "kernels/ops.h"
#include "tests/engine/simulated_gpu.h"
#include "tests/image/support.h"
#include "tests/ops/comparison.h"
#include "tests/ops/op_case.h"

namespace limpid {
namespace {

using namespace test;

/// A case that has run.
struct Ran {
  Ran(const OpCase& c, Backend& backend, int thread_count, bool nhwc = false)
      : operands(backend, threads(thread_count), {DType::f32, DType::f32, nhwc}) {
    c.prepare(backend, operands)(threads(thread_count));
  }
  Operands operands;
};

const std::map<std::string, OpCases>& all_cases() {
  static const auto cases = cases_by_op();
  return cases;
}

std::vector<std::string> names_of_ops() {
  std::vector<std::string> names;
  for (const auto& [op, cases] : all_cases()) names.push_back(op);
  return names;
}

/// Those whose cases say what they must hold after; the others have tests of their own for that.
std::vector<std::string> names_of_defined_ops() {
  std::vector<std::string> names;
  for (const auto& [op, cases] : all_cases()) {
    if (!cases.front().definitions().empty()) names.push_back(op);
  }
  return names;
}

class Op : public ::testing::TestWithParam<std::string> {
 protected:
  const std::unique_ptr<Backend> cpu_ = cpu::make_backend();
  const OpCases& cases_ = all_cases().at(GetParam());
};

class DefinedOp : public Op {};

TEST_P(DefinedOp, IsWhatItsDefinitionSays) {
  for (const OpCase& c : cases_) {
    SCOPED_TRACE(c.name());
    ASSERT_FALSE(c.definitions().empty());
    const Ran ran(c, *cpu_, 2);
    for (const auto& [operand, tolerance, values] : c.definitions()) {
      SCOPED_TRACE(operand);
      expect_within(ran.operands.after(operand), values(ran.operands), tolerance);
    }
  }
}

TEST_P(Op, WritesItsOutputsAndNothingElse) {
  for (const OpCase& c : cases_) {
    SCOPED_TRACE(c.name());
    const Ran ran(c, *cpu_, 2);
    EXPECT_EQ(ran.operands.damaged(), "");
    EXPECT_FALSE(ran.operands.written().empty());
  }
}

TEST_P(Op, HasTheSameBitsForAnyNumberOfThreads) {
  for (const OpCase& c : cases_) {
    SCOPED_TRACE(c.name());
    const std::vector<std::byte> one = Ran(c, *cpu_, 1).operands.results();
    EXPECT_EQ(Ran(c, *cpu_, 3).operands.results(), one);
  }
}

TEST_P(Op, IsTheSameInTheMemoryOfADevice) {
  const auto gpu = make_simulated_gpu();
  for (const OpCase& c : cases_) {
    SCOPED_TRACE(c.name());
    const Ran there(c, *gpu, 1, true), here(c, *cpu_, 1, true);
    EXPECT_EQ(there.operands.damaged(), "");
    EXPECT_EQ(there.operands.results(), here.operands.results());
  }
}

INSTANTIATE_TEST_SUITE_P(Ops, DefinedOp, ::testing::ValuesIn(names_of_defined_ops()),
                         [](const auto& info) { return info.param; });
INSTANTIATE_TEST_SUITE_P(Ops, Op, ::testing::ValuesIn(names_of_ops()),
                         [](const auto& info) { return info.param; });

TEST(OpCases, ThereIsOneOfEveryOperation) {
#define LIMPID_EXPECT(Op, function) EXPECT_TRUE(all_cases().contains(kOpName<Op>)) << #Op;
  LIMPID_OPERATIONS(LIMPID_EXPECT)
#undef LIMPID_EXPECT
}

std::vector<AdjointPair> all_pairs() {
  std::vector<AdjointPair> all = network_pairs();
  for (const std::vector<AdjointPair>& pairs :
       {map_pairs(), pool_pairs(), parameter_pairs(), picture_pairs(), view_pairs()}) {
    all.insert(all.end(), pairs.begin(), pairs.end());
  }
  return all;
}

double product(const std::vector<double>& a, const std::vector<double>& b) {
  EXPECT_EQ(a.size(), b.size());
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

TEST(OpCases, AdjointsMoveAcrossTheProduct) {
  const auto cpu = cpu::make_backend();
  for (const AdjointPair& pair : all_pairs()) {
    SCOPED_TRACE(pair.adjoint.name());
    const Ran forward(pair.forward, *cpu, 2), back(pair.adjoint, *cpu, 2);
    const std::vector<double> x = forward.operands.before(pair.x), ax = forward.operands.after(pair.y),
                              dy = back.operands.before(pair.dy), dx = back.operands.after(pair.dx);
    const double scale = std::sqrt(product(ax, ax) * product(dy, dy));
    ASSERT_GT(scale, 0) << "nothing is proved by zeros";
    // Weights are the same in both directions: what differs are the roundings of their sums.
    EXPECT_LE(std::abs(product(ax, dy) - product(x, dx)), 64 * kEpsilon * scale);
  }
}

}  // namespace
}  // namespace limpid
