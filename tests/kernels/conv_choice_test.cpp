// Which algorithms of a GPU library are taken for a convolution.
#include "kernels/conv/conv_choice.h"

#include <gtest/gtest.h>

namespace limpid::cuda {
namespace {

ConvCandidate engine(int number) {
  ConvCandidate result;
  result.algorithm.engine = number;
  return result;
}

std::vector<int> engines(const std::vector<ConvCandidate>& candidates) {
  std::vector<int> result;
  for (const ConvCandidate& candidate : candidates) result.push_back(candidate.algorithm.engine);
  return result;
}

ConvRequest request(DType dtype = DType::f16) {
  ConvRequest r;
  r.layer = "mixed3a_3x3";
  r.shape = {96, 28, 28, 128, 28, 28, {3, 1, 1, 1}};
  r.batch = 64;
  r.dtype = dtype;
  return r;
}

TEST(ConvChoice, TakesNothingThatIsNotReproducibleOrLosesPrecision) {
  const ChoiceRules rules = rules_for(request());
  EXPECT_EQ(refusal(engine(1), rules), "");
  for (bool ConvCandidate::*flaw :
       {&ConvCandidate::nondeterministic, &ConvCandidate::down_converts, &ConvCandidate::reduced_sums}) {
    ConvCandidate candidate = engine(1);
    candidate.*flaw = true;
    EXPECT_NE(refusal(candidate, rules), "");
  }
}

TEST(ConvChoice, RefusesStreamKButNotItsAbsence) {
  const ChoiceRules rules = rules_for(request());
  ConvCandidate candidate = engine(1);
  candidate.algorithm.knobs = {{38, 0}};
  EXPECT_EQ(refusal(candidate, rules), "");
  candidate.algorithm.knobs = {{38, 1}};
  EXPECT_NE(refusal(candidate, rules), "");
}

TEST(ConvChoice, StrictFp32ForbidsTensorCores) {
  ConvCandidate candidate = engine(1);
  candidate.tensor_cores = true;
  ConvRequest r = request(DType::f32);
  EXPECT_NE(refusal(candidate, rules_for(r)), "");
  r.tf32 = true;
  EXPECT_EQ(refusal(candidate, rules_for(r)), "");
  EXPECT_EQ(refusal(candidate, rules_for(request(DType::bf16))), "");
}

TEST(ConvChoice, ExactTranslationForbidsTransforms) {
  ConvRequest r = request();
  ConvCandidate winograd = engine(1), fft = engine(2);
  winograd.winograd = true;
  fft.fft = true;
  EXPECT_EQ(engines(rank({winograd, fft, engine(3)}, rules_for(r))), (std::vector<int>{1, 2, 3}));
  r.translation_exact = true;
  EXPECT_EQ(engines(rank({winograd, fft, engine(3)}, rules_for(r))), (std::vector<int>{3}));
}

TEST(ConvChoice, KeepsTheOrderOfferedWithSlowStartsLastAndNoneTwice) {
  ConvCandidate compiled = engine(1), blas = engine(2), fast = engine(4);
  compiled.compiles_at_run_time = true;
  blas.needs_cublaslt = true;
  fast.tensor_cores = true;
  const std::vector<ConvCandidate> offered = {compiled, engine(3), blas, fast, engine(3), engine(5)};
  EXPECT_EQ(engines(rank(offered, rules_for(request()))), (std::vector<int>{4, 3, 5, 1, 2}));
  EXPECT_EQ(engines(rank(offered, rules_for(request(DType::f32)))), (std::vector<int>{3, 5, 1, 2}));
}

TEST(ConvChoice, ReadyMadeForbidsCompilation) {
  ConvCandidate compiled = engine(1);
  compiled.compiles_at_run_time = true;
  ChoiceRules rules = rules_for(request());
  EXPECT_EQ(refusal(compiled, rules), "");
  rules.ready_made = true;
  EXPECT_NE(refusal(compiled, rules), "");
}

TEST(ConvChoice, KnobsTellAlgorithmsApart) {
  ConvCandidate one = engine(1), other = engine(1);
  one.algorithm.knobs = {{2, 0}};
  other.algorithm.knobs = {{2, 7}};
  EXPECT_EQ(rank({one, other, one}, rules_for(request())).size(), 2U);
}

TEST(ConvChoice, LeavesRoomForPackedCopiesOfBothOperands) {
  const std::size_t operands = std::size_t{64} * (96 + 128) * 28 * 28;
  EXPECT_EQ(rules_for(request()).workspace_cap, (std::size_t{64} << 20) + operands * 2);
  EXPECT_EQ(rules_for(request(DType::f32)).workspace_cap, (std::size_t{64} << 20) + operands * 4);
}

TEST(ConvChoice, DescribesAllThatDecides) {
  ConvRequest r = request();
  r.relu = true;
  r.target_channels = 256;
  EXPECT_EQ(describe(r), "fprop+relu 3x3/1 pad 1,1 64x96x28x28 @96 -> 128x28x28 @256 fp16");
  r.relu = false;
  r.direction = ConvDirection::dgrad;
  r.accumulate = true;
  r.dtype = DType::f32;
  r.tf32 = true;
  EXPECT_EQ(describe(r), "dgrad+accumulate 3x3/1 pad 1,1 64x128x28x28 @128 -> 96x28x28 @256 tf32");
  ConvRequest renamed = r;
  renamed.layer = "another";
  EXPECT_EQ(describe(renamed), describe(r));
}

ConvRequest pointwise() {
  ConvRequest r;
  r.layer = "mixed4a_1x1";
  r.shape = {480, 14, 14, 192, 14, 14, {1, 1, 0, 0}};
  r.batch = 64;
  r.dtype = DType::f16;
  return r;
}

TEST(ConvChoice, OneByOneOfStrideOneIsAProductOfMatrices) {
  for (const DType dtype : {DType::f32, DType::f16, DType::bf16}) {
    for (const ConvDirection direction : {ConvDirection::fprop, ConvDirection::dgrad}) {
      ConvRequest r = pointwise();
      r.dtype = dtype;
      r.direction = direction;
      r.source_channels = 832;
      EXPECT_TRUE(is_matrix_product(r));
    }
  }
  EXPECT_FALSE(is_matrix_product(request()));  // 3x3.
  ConvRequest strided = pointwise();
  strided.shape.window.stride = 2;
  strided.shape.p = strided.shape.q = 7;
  EXPECT_FALSE(is_matrix_product(strided));
  ConvRequest padded = pointwise();
  padded.shape.window.before_h = padded.shape.window.before_w = 1;
  padded.shape.p = padded.shape.q = 16;
  EXPECT_FALSE(is_matrix_product(padded));
}

TEST(ConvChoice, CublasLtIsPreferredForProductsWithASlice) {
  ConvRequest r = pointwise();
  EXPECT_FALSE(has_slice(r));
  EXPECT_FALSE(prefers_cublaslt(r));
  r.source_channels = 480;
  r.target_channels = 192;  // The whole buffers.
  EXPECT_FALSE(prefers_cublaslt(r));
  r.target_channels = 512;
  EXPECT_TRUE(prefers_cublaslt(r));
  // dgrad reads the gradient of what fprop wrote.
  r.direction = ConvDirection::dgrad;
  r.source_channels = 512;
  r.target_channels = 0;
  EXPECT_TRUE(prefers_cublaslt(r));
  r.source_channels = 192;
  EXPECT_FALSE(prefers_cublaslt(r));
  r.target_channels = 512;
  EXPECT_TRUE(prefers_cublaslt(r));

  ConvRequest wider = request();
  wider.target_channels = 256;
  EXPECT_TRUE(has_slice(wider));
  EXPECT_FALSE(prefers_cublaslt(wider));
}

TEST(ConvChoice, NamesAlgorithms) {
  EXPECT_EQ((ConvAlgorithm{ConvProvider::cudnn, 41, {{2, 0}, {13, 1}}}.name()), "cudnn eng41 k2=0 k13=1");
  EXPECT_EQ((ConvAlgorithm{ConvProvider::stem_dgrad, 0, {}}.name()), "hand: stem dgrad");
  EXPECT_EQ((ConvAlgorithm{ConvProvider::cudnn_in_depth, 41, {{2, 0}}}.name()),
            "space to depth, cudnn eng41 k2=0");
  const std::string one = ConvAlgorithm{ConvProvider::cublaslt, 66, {{0, 1}, {1, 2}}}.name();
  const std::string other = ConvAlgorithm{ConvProvider::cublaslt, 66, {{0, 1}, {1, 3}}}.name();
  EXPECT_TRUE(one.starts_with("cublaslt algo66 ")) << one;
  EXPECT_NE(one, other);
}

}  // namespace
}  // namespace limpid::cuda
