// The convolutions of a plan: what a device is asked for.
#include "engine/network/conv_requests.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "engine/network/planner.h"
#include "kernels/conv/conv_choice.h"
#include "weights/synthetic.h"

namespace limpid {
namespace {

class ConvRequests : public ::testing::Test {
 protected:
  ConvRequests() {
    options_.dtype = DType::f16;
    options_.translation_exact = true;
  }

  static bool is_stem(const ConvRequest& request) { return request.layer == "conv2d0"; }

  Model model_ = synthetic_model("bvlc_googlenet", 1);
  Plan plan_ = make_plan(model_, {{{"mixed4a", false, {}}}, 224, 224, 3, true});
  ExecutorOptions options_;
};

TEST_F(ConvRequests, EachOnceWithThePlansOptions) {
  const std::vector<ConvRequest> requests = conv_requests(plan_, options_, true);
  std::set<std::string> seen;
  for (const ConvRequest& request : requests) {
    EXPECT_TRUE(seen.insert(cuda::describe(request)).second) << cuda::describe(request);
    EXPECT_EQ(request.batch, 3);
    EXPECT_EQ(request.dtype, DType::f16);
    EXPECT_TRUE(request.translation_exact);
    EXPECT_EQ(request.relu, request.direction == ConvDirection::fprop);
    // Slices lie within their buffers.
    const bool fprop = request.direction == ConvDirection::fprop;
    EXPECT_GE(request.source_channels, fprop ? request.shape.c : request.shape.k);
    EXPECT_GE(request.target_channels, fprop ? request.shape.k : request.shape.c);
  }
  EXPECT_EQ(std::count_if(requests.begin(), requests.end(), is_stem), 2);
}

TEST_F(ConvRequests, AConvolutionWantedBeforeItsReluHasNone) {
  const Plan plan =
      make_plan(model_, {{{"mixed4a", false, {}}, {"mixed4a_3x3", true, {}}}, 224, 224, 3, true});
  for (const ConvRequest& request : conv_requests(plan, options_, true)) {
    const bool fprop = request.direction == ConvDirection::fprop;
    EXPECT_EQ(request.relu, fprop && request.layer != "mixed4a_3x3") << request.layer;
    if (request.layer == "mixed4a_3x3") {
      EXPECT_EQ(fprop ? request.target_channels : request.source_channels, 208) << "a buffer of its own";
    }
  }
}

TEST_F(ConvRequests, NoneButConvolutions) {
  std::size_t convolutions = 0;
  for (const PlanOp& op : plan_.forward) {
    if (conv_request(plan_, op.op, options_, true)) ++convolutions;
  }
  EXPECT_EQ(convolutions, plan_.convs.size());
  EXPECT_FALSE(conv_request(plan_, ReluBackwardOp{}, options_, true));
}

TEST_F(ConvRequests, TheStemHasAGroupOfChannelsOrThree) {
  const StemFpropOp& stem = std::get<StemFpropOp>(plan_.forward.front().op);
  const ConvRequest grouped = conv_request(plan_, stem, options_, true).value();
  EXPECT_EQ(grouped.shape.c, kGroup);
  EXPECT_EQ(grouped.source_channels, kGroup);
  EXPECT_EQ(grouped.target_channels, 64);
  const ConvRequest planes = conv_request(plan_, stem, options_, false).value();
  EXPECT_EQ(planes.shape.c, 3);
  EXPECT_EQ(planes.source_channels, 0);
}

}  // namespace
}  // namespace limpid
