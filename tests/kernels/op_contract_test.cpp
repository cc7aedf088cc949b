// What operations refuse when they are recorded.
#include "kernels/ops/op_contract.h"

#include <gtest/gtest.h>

#include <array>
#include <stdexcept>
#include <string>
#include <vector>

#include "kernels/backend.h"
#include "kernels/ops.h"
#include "tests/kernels/activations.h"

namespace limpid {
namespace {

using namespace test;

class OpContractTest : public ::testing::Test {
 protected:
  /// What recording the operation throws; nothing where it is taken.
  template <class Op>
  std::string refusal(const Op& op) {
    try {
      (void)cpu_->prepare(op);
      return "";
    } catch (const std::logic_error& error) {
      return error.what();
    }
  }

  Planar<float> planes(int c, int h = 4, int w = 5, int n = 2) { return {memory_.data(), n, c, h, w}; }

  std::unique_ptr<Backend> cpu_ = cpu::make_backend();
  alignas(64) std::array<float, 4096> memory_{};
  Activations map_{{2, 16, 6, 7}}, other_{{2, 16, 6, 7}}, taller_{{2, 16, 7, 7}};
};

template <class Op>
class EveryOpTest : public OpContractTest {};

#define LIMPID_TYPE(Op, function) Op,
using EveryOp = ::testing::Types<LIMPID_OPERATIONS(LIMPID_TYPE) AddGradient>;
#undef LIMPID_TYPE
TYPED_TEST_SUITE(EveryOpTest, EveryOp);

TYPED_TEST(EveryOpTest, RefusesOperandsThatAreNotThereNamingItselfAndOne) {
  const std::string refused = this->refusal(TypeParam{});
  EXPECT_TRUE(refused.starts_with(std::string(kOpName<TypeParam>) + ": ")) << refused;
  EXPECT_NE(refused.find("null"), std::string::npos) << refused;
  EXPECT_EQ(refused.find('\n'), std::string::npos) << refused;
}

TEST_F(OpContractTest, ExtentsAndTypesMustBeAlike) {
  const Tensor x = map_.tensor(), y = other_.tensor();
  EXPECT_EQ(refusal(ReluFprop{x, y}), "");
  EXPECT_EQ(refusal(ReluFprop{x, taller_.tensor()}),
            "ReluFprop: y is fp32 2 x 16 x 7 x 7, and must be fp32 2 x 16 x 6 x 7 as x is");
  Tensor half = y;
  half.dtype = DType::f16;
  EXPECT_EQ(refusal(ReluFprop{x, half}),
            "ReluFprop: y is fp16 2 x 16 x 6 x 7, and this device computes it in fp32 alone");
  EXPECT_THROW(check(ReluFprop{x, half}, OpContract("ReluFprop", false)), std::logic_error);
  EXPECT_NO_THROW(check(ReluFprop{half, half}, OpContract("ReluFprop", false)));
  Tensor empty = y;
  empty.w = 0;
  EXPECT_EQ(refusal(ReluFprop{empty, empty}), "ReluFprop: x is empty: fp32 2 x 16 x 6 x 0");
}

TEST_F(OpContractTest, ChannelGroupsLieWhereVectorsReachThem) {
  Tensor moved = other_.tensor();
  moved.data = static_cast<float*>(moved.data) + 1;
  EXPECT_NE(refusal(ReluFprop{map_.tensor(), moved}).find("y is at 0x"), std::string::npos);
  Tensor strided = other_.tensor();
  strided.stride_w = kGroup + 1;
  EXPECT_NE(refusal(ReluFprop{map_.tensor(), strided}).find("y has strides 672, 336, 56, 9"),
            std::string::npos);
}

TEST_F(OpContractTest, MasksAreLikeTheirGradient) {
  const LrnConstants constants{5, 1e-4F, 0.75F, 1};
  const Tensor x = map_.tensor(), dx = other_.tensor();
  EXPECT_EQ(refusal(LrnBprop{x, x, dx, constants, {}}), "");
  EXPECT_EQ(refusal(LrnBprop{x, x, dx, constants, x}), "");
  EXPECT_EQ(refusal(LrnBprop{x, x, dx, constants, taller_.tensor()}),
            "LrnBprop: relu_output is fp32 2 x 16 x 7 x 7, and must be fp32 2 x 16 x 6 x 7 as dx is");
  EXPECT_EQ(refusal(LrnBprop{x, x, dx, {6, 1, 0.6F, 1}, {}}),
            "LrnBprop: constants have radius 6 and beta 0.6, and must have 1 to 5 and 0.5 or 0.75");
}

TEST_F(OpContractTest, PoolsHaveWindowsTheyAreBuiltForOverTheirInput) {
  Activations pooled({2, 16, 3, 3});
  std::vector<std::uint8_t> taps(static_cast<std::size_t>(pooled.tensor().elements()));
  const GroupView<std::uint8_t> argmax{taps.data(), 2, 2, 3, 3, 144, 72, 24, 8};
  const Window window{3, 2, 0, 0};
  EXPECT_EQ(refusal(MaxPoolFprop{map_.tensor(), pooled.tensor(), argmax, window}), "");
  EXPECT_EQ(refusal(MaxPoolFprop{map_.tensor(), pooled.tensor(), argmax, {5, 2, 0, 0}}),
            "MaxPoolFprop: window is 5 x 5 of stride 2, and must be 3 x 3 of stride 1 or 2, or 2 x 2 of "
            "stride 2");
  Activations too_tall({2, 16, 4, 3});
  EXPECT_EQ(refusal(MaxPoolFprop{map_.tensor(), too_tall.tensor(), argmax, window}),
            "MaxPoolFprop: y is fp32 2 x 16 x 4 x 3: not all of its windows (3 x 3 of stride 2, 0 and 0 "
            "before) begin in x, fp32 2 x 16 x 6 x 7");
  GroupView<std::uint8_t> narrow = argmax;
  narrow.w = 2;
  EXPECT_EQ(refusal(MaxPoolFprop{map_.tensor(), pooled.tensor(), narrow, window}),
            "MaxPoolFprop: argmax is 2 x 16 x 3 x 2, and must be 2 x 16 x 3 x 3 as y is");
  const GroupView<const std::uint8_t> chosen{taps.data(), 2, 2, 3, 3, 144, 72, 24, 8};
  EXPECT_EQ(refusal(MaxPoolBprop{pooled.tensor(), map_.tensor(), chosen, window, false, {}, true}), "");
  EXPECT_EQ(
      refusal(MaxPoolBprop{pooled.tensor(), map_.tensor(), chosen, window, true, {}, true}),
      "MaxPoolBprop: positive_only masks what windows pass alone, and not what dx holds or what relu_output "
      "masks");
  EXPECT_EQ(refusal(SmoothedPoolBprop{
                map_.tensor(), pooled.tensor(), other_.tensor(), window, PoolGradient::max, false, {}}),
            "SmoothedPoolBprop: rule is max, which MaxPoolBprop takes back");
}

TEST_F(OpContractTest, SoftmaxIsOfOnePixelAndOfClassesThatAreThere) {
  Activations logits({2, 16, 1, 1}), y({2, 16, 1, 1});
  EXPECT_EQ(refusal(SoftmaxFprop{logits.tensor(), y.tensor(), 16}), "");
  EXPECT_EQ(refusal(SoftmaxFprop{logits.tensor(), y.tensor(), 17}),
            "SoftmaxFprop: classes are 17, and must be from 1 to the 16 channels of x");
  EXPECT_EQ(refusal(SoftmaxFprop{map_.tensor(), other_.tensor(), 16}),
            "SoftmaxFprop: x has 6 x 7 pixels, and must have one");
}

TEST_F(OpContractTest, PicturesAndTheirViewsAreCounted) {
  const Planar<float> picture = planes(3);
  Planar<float> network = planes(3, 6, 6, 4);
  network.data += 1024;
  const std::vector<AffineMap> maps(4);
  const float fill[2] = {};
  EXPECT_EQ(refusal(Warp{picture, network, maps.data(), fill, {}, {}, 2}), "");
  EXPECT_EQ(refusal(Warp{picture, network, maps.data(), fill, {}, {}, 1}),
            "Warp: network is 4 x 3 planes, and must be 2 x 3: 1 of each of 2 pictures");
  InputScaling twice;
  twice.channel[0] = 2;
  EXPECT_EQ(refusal(Warp{picture, network, maps.data(), fill, twice, {}, 2}),
            "Warp: scaling takes channels 2, 1, 2, and must take 0, 1 and 2 in some order");
  EXPECT_EQ(refusal(Warp{picture, {}, maps.data(), fill, {}, map_.tensor(), 1}),
            "Warp: grouped has 2 images of 16 channels, and must have 2 of 8: 1 of each of 2 pictures");
}

TEST_F(OpContractTest, PlanesOfOpacityAreWhereTheyMustBe) {
  Planar<float> rgb = planes(4), three = planes(3);
  rgb.data += 1024;
  three.data += 1024;
  EXPECT_EQ(refusal(ColourSquash{planes(4), rgb, kPlainColours}), "");
  EXPECT_EQ(refusal(ColourSquash{planes(3), planes(3), kPlainColours}), "") << "in place";
  EXPECT_EQ(refusal(ColourSquash{planes(1), planes(3), kPlainColours}),
            "ColourSquash: rgb shares memory with latent");
  EXPECT_EQ(refusal(ColourSquash{planes(3), rgb, kPlainColours}),
            "ColourSquash: latent has 3 planes for 4 of rgb, and must have 1 or 3 of colours, and the "
            "opacity's");
  EXPECT_EQ(refusal(Backdrop{planes(3), three, three}),
            "Backdrop: picture has 3 planes and its background 3, and they must have 4 and 3");
}

TEST_F(OpContractTest, NumbersAreInTheirRanges) {
  float* data = memory_.data();
  EXPECT_EQ(refusal(SpectrumScale{data, data, data, 0, 16}),
            "SpectrumScale: planes is 0, and must be at least 1");
  EXPECT_EQ(refusal(StridedCopy{data, 8, data + 512, 8, 2, 16}),
            "StridedCopy: from_stride is 8, and must be 0 or at least the count, 16");
  const PyramidShape shape = pyramid_shape(4, 4);
  EXPECT_EQ(refusal(PyramidSum{data, shape, planes(3)}),
            "PyramidSum: shape has 22 values, and those of 4 x 5 pixels are 26");
  EXPECT_EQ(refusal(GaussianBlur{planes(3), planes(3), data}), "GaussianBlur: out shares memory with in");
}

TEST_F(OpContractTest, WhatIsPreparedRunsAsOftenAsWanted) {
  map_.for_each([](float& value, int, int, int, int) { value = -1; });
  const auto relu = cpu_->prepare(ReluFprop{map_.tensor(), other_.tensor()});
  for (const float value : {0.0F, 2.0F}) {
    map_.at(1, 3, 2, 1) = value;
    relu({});
    EXPECT_EQ(other_.at(1, 3, 2, 1), value);
  }
}

TEST_F(OpContractTest, WhatIsGivenAwayHasAPlaceForEachValue) {
  const std::array<std::int32_t, 16> channels{};
  StridedMap to{memory_.data(), DType::f32, 2, 3, 6, 7, 3 * 42, 42, 7, 1};
  EXPECT_EQ(refusal(GiveMap{map_.tensor(), channels.data(), 1, to}), "");
  EXPECT_EQ(refusal(TakeMap{to, channels.data(), 1, nullptr, map_.tensor()}), "");
  to.stride_h = 0;
  EXPECT_EQ(refusal(TakeMap{to, channels.data(), 1, nullptr, map_.tensor()}), "");
  EXPECT_EQ(refusal(GiveMap{map_.tensor(), channels.data(), 1, to}),
            "GiveMap: to has strides 126, 42, 0, 1, and must have a place for each value");
}

}  // namespace
}  // namespace limpid
