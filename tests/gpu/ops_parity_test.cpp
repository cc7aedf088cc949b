// Every case of every operation on a GPU against the CPU, in fp32, fp16 and bf16: the CPU computes in fp32 on
// the same operands, rounded to the same type. Where no GPU answers these tests skip.
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "kernels/cuda_library.h"
#include "kernels/ops.h"
#include "tests/ops/comparison.h"
#include "tests/ops/op_case.h"

namespace limpid {
namespace {

using namespace test;

using CasesByOp = std::map<std::string, OpCases>;

const CasesByOp& small_cases() {
  static const CasesByOp cases = cases_by_op();
  return cases;
}

/// Large enough for the tiles that a batch is pooled with.
const CasesByOp& full_size() {
  static const CasesByOp cases = [] {
    CasesByOp by_op;
    for (const OpCase& c : full_size_cases(2)) by_op[c.op()].push_back(c);
    return by_op;
  }();
  return cases;
}

std::vector<std::string> names_of_ops(const CasesByOp& cases_of) {
  std::vector<std::string> names;
  for (const auto& [op, cases] : cases_of) names.push_back(op);
  return names;
}

/// Half a unit in the last place, relative.
double rounding(DType dtype) {
  return dtype == DType::f32 ? 0x1p-24 : dtype == DType::f16 ? 0x1p-11 : 0x1p-8;
}

void expect_parity(const OpCase& c, Backend& gpu, const Stream& stream, DType dtype) {
  Operands there(gpu, stream, {dtype, dtype, true});
  c.prepare(gpu, there)(stream);
  const auto cpu = cpu::make_backend();
  Operands here(*cpu, {}, {DType::f32, dtype, true});
  c.prepare(*cpu, here)({});
  EXPECT_EQ(there.damaged(), "");
  for (const std::string& operand : here.written()) {
    SCOPED_TRACE(operand);
    Tolerance tolerance = c.between_devices(operand);
    std::vector<double> expected = here.after(operand);
    const bool exact = tolerance.of_largest == 0 && tolerance.absolute == 0;
    const bool stored = there.is_tensor(operand);
    if (exact && stored) round_to(dtype, expected);
    // Where both may differ at all, that can tip the rounding to the type, which then differs by a unit;
    // fp16's smallest numbers are evenly apart.
    const bool tipped = !exact && stored;
    if (tipped && dtype != DType::f32) tolerance.absolute += 0x1p-24;
    expect_within(there.after(operand), expected, tolerance, tipped ? 2 * rounding(dtype) : 0);
  }
}

class OpsParity : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (!cuda_library::answers()) GTEST_SKIP() << "no GPU answers";
  }

  static void expect_parity_in_every_type(const OpCases& cases) {
    const auto gpu = cuda_library::make_backend(0);
    const auto stream = gpu->make_stream();
    for (const OpCase& c : cases) {
      for (const DType dtype : {DType::f32, DType::f16, DType::bf16}) {
        SCOPED_TRACE(c.name() + " " + name_of(dtype));
        expect_parity(c, *gpu, stream->get(), dtype);
      }
    }
  }
};
class FullSizeParity : public OpsParity {};

TEST_P(OpsParity, IsTheCpus) {
  expect_parity_in_every_type(small_cases().at(GetParam()));
}
INSTANTIATE_TEST_SUITE_P(Ops, OpsParity, ::testing::ValuesIn(names_of_ops(small_cases())),
                         [](const auto& info) { return info.param; });

TEST_P(FullSizeParity, IsTheCpus) {
  expect_parity_in_every_type(full_size().at(GetParam()));
}
INSTANTIATE_TEST_SUITE_P(Ops, FullSizeParity, ::testing::ValuesIn(names_of_ops(full_size())),
                         [](const auto& info) { return info.param; });

/// What LRN and a pool make of random numbers, as two operations and as one: of ties, too, the same bits. Backwards the
/// pair rounds between the two to the type.
TEST(LrnPoolParity, IsThePairs) {
  if (!cuda_library::answers()) GTEST_SKIP() << "no GPU answers";
  const auto gpu = cuda_library::make_backend(0);
  const auto stream = gpu->make_stream();
  const ActivationShape map{2, 24, 9, 8}, pooled{2, 24, 4, 4};
  const LrnConstants constants{2, 1e-4F, 0.75F, 1};
  const Window window{3, 2, 0, 0};
  for (const DType dtype : {DType::f32, DType::f16, DType::bf16}) {
    SCOPED_TRACE(name_of(dtype));
    Operands m(*gpu, stream->get(), {dtype, dtype, true});
    const Tensor x = m.tensor("x", Role::input, map, rectified(100)),
                 dy = m.tensor("dy", Role::input, pooled, normal());
    const Tensor between = m.tensor("between", Role::output, map), d = m.tensor("d", Role::output, map);
    const Tensor y = m.tensor("y", Role::output, pooled), dx = m.tensor("dx", Role::output, map);
    const auto taps = m.bytes("taps", Role::output, pooled);
    const auto read = [](const GroupView<std::uint8_t>& v) {
      return GroupView<const std::uint8_t>{v.data,     v.n,        v.groups,   v.h,       v.w,
                                           v.stride_n, v.stride_g, v.stride_h, v.stride_w};
    };
    gpu->prepare(LrnFprop{x, between, constants})(stream->get());
    gpu->prepare(MaxPoolFprop{between, y, taps, window})(stream->get());
    gpu->prepare(MaxPoolBprop{dy, d, read(taps), window, false, {}})(stream->get());
    gpu->prepare(LrnBprop{x, d, dx, constants, x})(stream->get());
    const Tensor y1 = m.tensor("y1", Role::output, pooled), dx1 = m.tensor("dx1", Role::output, map);
    const auto taps1 = m.bytes("taps1", Role::output, pooled);
    gpu->prepare(LrnPoolFprop{x, y1, taps1, constants, window})(stream->get());
    gpu->prepare(LrnPoolBprop{x, dy, dx1, read(taps1), constants, window, false, true})(stream->get());
    EXPECT_EQ(m.after("y1"), m.after("y"));
    EXPECT_EQ(m.after("taps1"), m.after("taps"));
    if (dtype == DType::f32) {
      EXPECT_EQ(m.after("dx1"), m.after("dx"));
    }
    EXPECT_EQ(m.damaged(), "");
  }
}

}  // namespace
}  // namespace limpid
