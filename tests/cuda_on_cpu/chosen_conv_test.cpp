// Algorithms that can be built, and fail when they run: the next one takes their place, here and later.
#include <cuda_runtime.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <set>
#include <string>
#include <vector>

#include "kernels/conv/autotune.h"
#include "kernels/conv/cuda_conv.h"
#include "kernels/core/error.h"
#include "tests/cuda_on_cpu/faults.h"
#include "tests/weights/support.h"

namespace limpid::cuda::chosen_conv_test {
namespace {

using emulated::times_done;
using ::testing::HasSubstr;
using ::testing::StartsWith;

constexpr int kChannels = 8, kSide = 6, kBatch = 2;
constexpr const char* kPlain = "cudnn eng2";
constexpr const char* kNext = "cudnn eng4";

ConvRequest request(ConvDirection direction, bool accumulate = false) {
  ConvRequest r;
  r.layer = "mixed3a_3x3";
  r.shape = {kChannels, kSide, kSide, kChannels, kSide, kSide, {3, 1, 1, 1}};
  r.direction = direction;
  r.batch = kBatch;
  r.accumulate = accumulate;
  return r;
}

/// Source and target on the device, and the filter. Small whole numbers: results are exact.
class Operands {
 public:
  Operands() {
    for (void** p : {&source_, &target_}) cudaMalloc(p, bytes());
    set(source_, 1);
    set(target_, 0);
    for (std::size_t i = 0; i < weights_.size(); ++i) weights_[i] = static_cast<float>(i % 5) - 2;
  }
  ~Operands() {
    cudaFree(source_);
    cudaFree(target_);
  }
  Operands(const Operands&) = delete;
  Operands& operator=(const Operands&) = delete;

  ConvFilter filter() const { return {weights_.data(), nullptr}; }
  void spoil_source() { set(source_, NAN); }
  void fill_target(float value) { set(target_, value); }

  std::vector<float> run(ConvPlan& plan) {
    void* workspace = nullptr;
    if (plan.workspace_bytes() > 0) cudaMalloc(&workspace, plan.workspace_bytes());
    const auto tensor = [](void* p) { return make_nhwc(p, DType::f32, kBatch, 1, kSide, kSide); };
    plan.run({}, tensor(source_), tensor(target_), workspace);
    cudaFree(workspace);
    std::vector<float> values(bytes() / sizeof(float));
    cudaMemcpy(values.data(), target_, bytes(), cudaMemcpyDeviceToHost);
    return values;
  }

 private:
  static std::size_t bytes() { return sizeof(float) * kBatch * kChannels * kSide * kSide; }
  static void set(void* to, float value) {
    std::vector<float> values(bytes() / sizeof(float));
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = value * static_cast<float>(i % 7);
    cudaMemcpy(to, values.data(), bytes(), cudaMemcpyHostToDevice);
  }

  void *source_ = nullptr, *target_ = nullptr;
  std::vector<float> weights_ = std::vector<float>(kChannels * kChannels * 9);
};

class ChosenConv : public ::testing::Test {
 protected:
  void SetUp() override { setenv("LIMPID_CACHE", folder_.path().c_str(), 1); }
  void TearDown() override { behave(""); }
  static void behave(const char* how) {
    setenv("EMULATED_CUDNN", how, 1);
    cudaGetLastError();  // Of a device that was broken.
  }

  struct Run {
    std::string algorithm, said;
    std::vector<float> values;
  };
  /// What a new process would do.
  static Run run(const ConvRequest& request, void (*prepare)(Operands&) = nullptr) {
    ConvContext context;
    Operands operands;
    if (prepare != nullptr) prepare(operands);
    ::testing::internal::CaptureStderr();
    const auto plan = make_conv_plan(context, {}, request, operands.filter());
    Run result;
    result.values = operands.run(*plan);
    result.said = ::testing::internal::GetCapturedStderr();
    result.algorithm = plan->algorithm();
    context.save_memory();
    return result;
  }
  static long lines(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

  limpid::testing::TemporaryFolder folder_;
};

TEST_F(ChosenConv, OneThatDoesNotRunGivesWay) {
  const Run expected = run(request(ConvDirection::fprop));
  EXPECT_THAT(expected.algorithm, StartsWith(kPlain));
  EXPECT_EQ(expected.said, "");
  behave("refuses");
  const Run actual = run(request(ConvDirection::fprop));
  EXPECT_THAT(actual.algorithm, StartsWith(kNext));
  EXPECT_EQ(actual.values, expected.values);
  EXPECT_THAT(actual.said, HasSubstr("layer mixed3a_3x3"));
  EXPECT_THAT(actual.said, HasSubstr("this engine does not run"));
  EXPECT_EQ(lines(actual.said), 1) << actual.said;
  behave("");
  const Run later = run(request(ConvDirection::fprop));
  EXPECT_THAT(later.algorithm, StartsWith(kNext)) << "it is passed over for good";
  EXPECT_EQ(later.said, "");
}

TEST_F(ChosenConv, OneThatMakesNoNumbersGivesWay) {
  const auto five = [](Operands& operands) { operands.fill_target(5); };
  const ConvRequest added = request(ConvDirection::dgrad, true);
  const Run expected = run(added, five);
  behave("no-numbers");
  const Run actual = run(added, five);
  EXPECT_THAT(actual.algorithm, StartsWith(kNext));
  EXPECT_EQ(actual.values, expected.values) << "what is added to was put back";
  EXPECT_THAT(actual.said, HasSubstr("makes of numbers what is none"));
}

TEST_F(ChosenConv, NobodyIsBlamedForTheInput) {
  const Run run_of_nan =
      run(request(ConvDirection::fprop), [](Operands& operands) { operands.spoil_source(); });
  EXPECT_THAT(run_of_nan.algorithm, StartsWith(kPlain));
  EXPECT_EQ(run_of_nan.said, "");
}

TEST_F(ChosenConv, WhereNoneMakesNumbersTheFirstStays) {
  behave("no-numbers-at-all");
  EXPECT_THAT(run(request(ConvDirection::fprop)).algorithm, StartsWith(kPlain));
  behave("");
  EXPECT_THAT(run(request(ConvDirection::fprop)).algorithm, StartsWith(kPlain)) << "and is not passed over";
}

TEST_F(ChosenConv, OneThatBreaksTheDeviceIsNamedAndPassedOverFromTheNextProcessOn) {
  behave("breaks");
  {
    ConvContext context;
    Operands operands;
    const auto plan = make_conv_plan(context, {}, request(ConvDirection::fprop), operands.filter());
    limpid::testing::expect_error(ErrorKind::runtime,
                                  {"mixed3a_3x3", kPlain, "passed over from now on: start again"},
                                  [&] { operands.run(*plan); });
  }
  behave("");
  EXPECT_THAT(run(request(ConvDirection::fprop)).algorithm, StartsWith(kNext));
}

TEST_F(ChosenConv, TuningTellsTheOneThatBreaksTheDevice) {
  behave("breaks");
  limpid::testing::expect_error(ErrorKind::runtime, {kPlain, "passed over from now on: start again"}, [] {
    ConvContext context;
    autotune(context, {}, request(ConvDirection::fprop));
  });
  behave("");
  ConvContext context;
  const std::vector<TunedCandidate> tuned = autotune(context, {}, request(ConvDirection::fprop));
  for (const TunedCandidate& candidate : tuned) {
    if (!candidate.measured.name.starts_with(kPlain)) continue;
    EXPECT_THAT(candidate.measured.refusal, StartsWith("passed over: "));
  }
}

/// The network's first convolution, of a small picture.
ConvRequest stem(ConvDirection direction, bool tf32 = true) {
  ConvRequest r;
  r.layer = "conv2d0";
  r.shape = {kChannels, 16, 16, kChannels, 8, 8, {7, 2, 3, 3}};
  r.direction = direction;
  r.batch = kBatch;
  r.tf32 = tf32;
  return r;
}

TEST_F(ChosenConv, WithoutAnEngineForBlocksTheStemIsComputedOnPixels) {
  ConvContext context;
  const std::vector<float> weights(kChannels * kChannels * 49, 1.0F);
  const auto algorithm_of = [&](ConvDirection direction) {
    return make_conv_plan(context, {}, stem(direction), {weights.data(), nullptr})->algorithm();
  };
  EXPECT_THAT(algorithm_of(ConvDirection::fprop), HasSubstr("depth"));
  behave("no-blocks");
  ::testing::internal::CaptureStderr();
  for (int plan = 0; plan < 2; ++plan) {
    EXPECT_THAT(algorithm_of(ConvDirection::fprop), StartsWith("cudnn eng"));
  }
  const std::string said = ::testing::internal::GetCapturedStderr();
  EXPECT_THAT(said, HasSubstr("layer conv2d0"));
  EXPECT_THAT(said, HasSubstr("no engine for this window); cudnn eng"));
  EXPECT_EQ(lines(said), 1) << said;
  behave("no-stem");
  EXPECT_THAT(algorithm_of(ConvDirection::dgrad), HasSubstr("stem")) << "our own kernel";
  limpid::testing::expect_error(ErrorKind::runtime,
                                {"conv2d0", "no algorithm is left", "no engine for this window"},
                                [&] { algorithm_of(ConvDirection::fprop); });
}

TEST_F(ChosenConv, TuningGoesOnWithoutBlocks) {
  ConvContext context;
  const auto providers = [&](ConvDirection direction) {
    std::set<ConvProvider> found;
    const ConvRequest request = stem(direction, false);
    for (const ConvCandidate& c : conv_candidates(context, request, rules_for(request))) {
      found.insert(c.algorithm.provider);
    }
    return found;
  };
  using enum ConvProvider;
  EXPECT_EQ(providers(ConvDirection::dgrad), (std::set{cudnn, stem_dgrad, cudnn_in_depth}));
  behave("no-blocks");
  ::testing::internal::CaptureStderr();
  EXPECT_EQ(providers(ConvDirection::dgrad), (std::set{cudnn, stem_dgrad})) << "in strict fp32 too";
  EXPECT_EQ(lines(::testing::internal::GetCapturedStderr()), 1);
  behave("no-stem");
  EXPECT_EQ(providers(ConvDirection::dgrad), (std::set{stem_dgrad}));
  limpid::testing::expect_error(ErrorKind::runtime, {"conv2d0", "no engine for this window"},
                                [&] { providers(ConvDirection::fprop); });
}

TEST_F(ChosenConv, WhatHeuristicsChoseIsNotAskedForAgain) {
  const long before = times_done("heuristics");
  const Run first = run(request(ConvDirection::fprop));
  const long asked = times_done("heuristics") - before;
  EXPECT_GT(asked, 0);
  EXPECT_EQ(run(request(ConvDirection::fprop)).values, first.values);
  EXPECT_EQ(times_done("heuristics") - before, asked);
}

TEST_F(ChosenConv, FiltersGoToTheDeviceTogether) {
  ConvContext context;
  Operands operands;
  const long allocations = times_done("allocations"), uploads = times_done("uploads");
  std::vector<std::unique_ptr<ConvPlan>> plans;
  for (int i = 0; i < 20; ++i) {
    ConvRequest each = request(i % 2 == 0 ? ConvDirection::fprop : ConvDirection::dgrad);
    plans.push_back(make_conv_plan(context, {}, each, operands.filter()));
  }
  EXPECT_EQ(times_done("allocations") - allocations, 1);
  for (const auto& plan : plans) operands.run(*plan);
  EXPECT_EQ(times_done("uploads") - uploads, 1);
  EXPECT_EQ(times_done("allocations") - allocations, 2) << "and what first runs leave their verdict in";
}

}  // namespace
}  // namespace limpid::cuda::chosen_conv_test
