// What cuDNN offers an H200 for every convolution of the network: asked without a GPU, from the card's
// properties.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "kernels/conv/conv_cudnn.h"
#include "kernels/conv/device_buffer.h"
#include "kernels/conv/plan_operands.h"
#include "kernels/conv/space_to_depth.h"
#include "kernels/core/error.h"
#include "tests/gpu/network_convs.h"

namespace limpid::cuda {
namespace {

class DevicelessPlans : public ::testing::Test {
 protected:
  void SetUp() override {
    std::ifstream file(LIMPID_DEVICE_PROPERTIES);
    ASSERT_TRUE(file) << LIMPID_DEVICE_PROPERTIES;
    const std::string properties{std::istreambuf_iterator<char>(file), {}};
    try {
      cudnn_.emplace(Cudnn::deviceless(properties));
    } catch (const Error& e) {
      GTEST_SKIP() << "cuDNN cannot be asked without a device: " << e.what();
    }
  }

  std::optional<Cudnn> cudnn_;
};

struct Precision {
  DType dtype;
  bool tf32;

  std::string name() const { return tf32 ? "tf32" : name_of(dtype); }
  friend void PrintTo(const Precision& precision, std::ostream* out) { *out << precision.name(); }
};

class NetworkPlans : public DevicelessPlans, public ::testing::WithParamInterface<Precision> {};

/// The preferred algorithm is there, is one of cuDNN's built-in kernels, uses tensor cores unless it must
/// not, and leaves memory for activations.
TEST_P(NetworkPlans, EveryConvolutionHasAReadyKernel) {
  const auto [dtype, tf32] = GetParam();
  for (const int batch : {1, 64}) {
    const std::vector<test::NetworkConv> convs = test::network_convs(batch);
    ASSERT_EQ(convs.size(), 80U);
    for (test::NetworkConv conv : convs) {
      conv.request.dtype = dtype;
      conv.request.tf32 = tf32;
      SCOPED_TRACE(conv.request.layer + ": " + describe(conv.request));
      const ChoiceRules rules = rules_for(conv.request);
      const std::vector<ConvCandidate> candidates = cudnn_->candidates(conv.request, rules, 1);
      ASSERT_EQ(candidates.size(), 1U);
      const ConvCandidate& best = candidates.front();
      EXPECT_FALSE(best.compiles_at_run_time) << best.algorithm.name();
      EXPECT_FALSE(best.needs_cublaslt) << best.algorithm.name();
      EXPECT_EQ(best.tensor_cores, !rules.strict_fp32) << best.algorithm.name();
      EXPECT_EQ(refusal(best, rules), "");
      EXPECT_LE(best.workspace_bytes, rules.workspace_cap) << best.algorithm.name();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(, NetworkPlans,
                         ::testing::Values(Precision{DType::f16, false}, Precision{DType::bf16, false},
                                           Precision{DType::f32, false}, Precision{DType::f32, true}),
                         [](const auto& info) { return info.param.name(); });

ConvRequest same_3x3() {
  ConvRequest request;
  request.layer = "mixed3a_3x3";
  request.shape = {96, 28, 28, 128, 28, 28, {3, 1, 1, 1}};
  request.batch = 4;
  request.dtype = DType::f16;
  return request;
}

TEST_F(DevicelessPlans, CandidatesDifferAndKeepTheirOrder) {
  const ConvRequest request = same_3x3();
  const auto several = cudnn_->candidates(request, rules_for(request), 8);
  ASSERT_EQ(several.size(), 8U);
  EXPECT_EQ(several.front().algorithm, cudnn_->candidates(request, rules_for(request), 1).front().algorithm);
  for (std::size_t i = 1; i < several.size(); ++i) {
    EXPECT_FALSE(several[i].algorithm == several[i - 1].algorithm) << several[i].algorithm.name();
  }
}

TEST_F(DevicelessPlans, BeyondTheCapTheSmallestWorkspaceIsTaken) {
  ConvRequest request = same_3x3();
  request.target_channels = 256;
  ChoiceRules rules = rules_for(request);
  rules.workspace_cap = 0;
  const auto smallest = cudnn_->candidates(request, rules, 1);
  ASSERT_EQ(smallest.size(), 1U);
  EXPECT_EQ(smallest.front().workspace_bytes, 0U);
}

TEST_F(DevicelessPlans, AskedForAllOffersEnginesBeyondTheHeuristics) {
  const ConvRequest request = same_3x3();
  const auto all = cudnn_->candidates(request, rules_for(request), 1000);
  for (std::size_t i = 0; i < all.size(); ++i) {
    for (std::size_t j = 0; j < i; ++j) EXPECT_FALSE(all[i].algorithm == all[j].algorithm);
  }
  EXPECT_TRUE(std::any_of(all.begin(), all.end(), [](const ConvCandidate& c) {
    return c.algorithm.knobs.empty() && c.tensor_cores;
  }));
}

TEST_F(DevicelessPlans, AnErrorNamesTheLayerAndItsShape) {
  ConvRequest request = same_3x3();
  request.shape.p = 5;  // Not what 28 rows give.
  try {
    cudnn_->candidates(request, rules_for(request), 1);
    FAIL() << "an impossible convolution was planned";
  } catch (const Error& e) {
    const std::string message = e.what();
    EXPECT_EQ(e.exit_code(), 1);
    EXPECT_NE(message.find("layer mixed3a_3x3: fprop 3x3/1"), std::string::npos) << message;
    EXPECT_NE(message.find("cuDNN"), std::string::npos) << message;
    EXPECT_EQ(message.find('\n'), std::string::npos) << message;
  }
}

/// Why products of matrices with a slice for an operand go to cuBLASLt (prefers_cublaslt).
TEST_F(DevicelessPlans, TensorCoreEnginesPackSlices) {
  ConvRequest request;
  request.layer = "mixed4a_1x1";
  request.shape = {480, 14, 14, 192, 14, 14, {1, 1, 0, 0}};
  request.batch = 64;
  request.dtype = DType::f16;
  ChoiceRules rules = rules_for(request);
  rules.ready_made = true;
  EXPECT_LT(cudnn_->candidates(request, rules, 1).front().workspace_bytes, 1024U);
  request.target_channels = 512;
  const std::size_t packed = std::size_t{64} * 14 * 14 * 192 * 2;
  for (const ConvCandidate& candidate : cudnn_->candidates(request, rules, 1000)) {
    if (candidate.tensor_cores) {
      EXPECT_GE(candidate.workspace_bytes, packed) << candidate.algorithm.name();
    }
  }
}

/// Why the stem is computed on blocks of pixels (prefers_depth).
TEST_F(DevicelessPlans, TheStemInDepthNeedsNoWorkspace) {
  for (const int batch : {1, 64}) {
    for (test::NetworkConv conv : test::network_convs(batch)) {
      if (conv.request.layer != "conv2d0") continue;
      for (const DType dtype : {DType::f16, DType::bf16}) {
        conv.request.dtype = dtype;
        ASSERT_TRUE(prefers_depth(conv.request));
        const ConvRequest blocks = in_depth(conv.request);
        SCOPED_TRACE(describe(blocks));
        const ConvCandidate best = cudnn_->candidates(blocks, rules_for(blocks), 1).front();
        EXPECT_TRUE(best.tensor_cores) << best.algorithm.name();
        EXPECT_FALSE(best.compiles_at_run_time) << best.algorithm.name();
        EXPECT_LT(best.workspace_bytes, 1024U) << best.algorithm.name();
      }
    }
  }
}

TEST(PlanOperands, MustBeWhatWasPlanned) {
  ConvRequest request = same_3x3();
  request.target_channels = 256;
  std::vector<f16> values(std::size_t{4} * 256 * 28 * 28);
  const Tensor source = make_nhwc(values.data(), DType::f16, 4, 96 / kGroup, 28, 28);
  const Tensor wide = make_nhwc(values.data(), DType::f16, 4, 256 / kGroup, 28, 28);
  const Tensor target = wide.slice_groups(2, 128 / kGroup);
  EXPECT_NO_THROW(require_operands(request, source, target));
  EXPECT_THROW(require_operands(request, source, wide), Error);
  EXPECT_THROW(require_operands(request, target, target), Error);
  // The same channels in a buffer of their own have other strides.
  EXPECT_THROW(
      require_operands(request, source, make_nhwc(values.data(), DType::f16, 4, 128 / kGroup, 28, 28)),
      Error);
  EXPECT_THROW(
      require_operands(request, make_nhwc(values.data(), DType::bf16, 4, 96 / kGroup, 28, 28), target),
      Error);
}

TEST(PlanOperands, AlignedWorkspaceFitsWhatWasAskedFor) {
  EXPECT_EQ(padded_workspace(0), 0U);
  alignas(256) std::array<char, 1024> memory;
  for (std::size_t offset = 0; offset < 512; offset += 64) {
    char* given = memory.data() + offset;
    const auto* aligned = static_cast<const char*>(align_workspace(given));
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(aligned) % 256, 0U);
    EXPECT_GE(aligned, given);
    EXPECT_LE(aligned + 100, given + padded_workspace(100));
  }
}

TEST(DeviceFilter, KrscKeepsEachWeight) {
  ConvShape shape;
  shape.k = 3;
  shape.c = 8;
  shape.window.size = 2;
  std::vector<float> weights(3 * 8 * 4);
  for (std::size_t i = 0; i < weights.size(); ++i) weights[i] = static_cast<float>(i);
  const std::vector<float> krsc = to_krsc(shape, weights.data());
  ASSERT_EQ(krsc.size(), weights.size());
  for (std::size_t k = 0; k < 3; ++k) {
    for (std::size_t tap = 0; tap < 4; ++tap) {
      for (std::size_t c = 0; c < 8; ++c) {
        EXPECT_EQ(krsc[(k * 4 + tap) * 8 + c], weights[(k * 8 + c) * 4 + tap]);
      }
    }
  }
}

}  // namespace
}  // namespace limpid::cuda
