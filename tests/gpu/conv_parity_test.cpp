// Every convolution of the network on the CUDA device against the CPU's: NHWC slices of wider buffers in
// fp32, TF32, fp16 and bf16, the same operands rounded to the same type. Nothing but the target may be
// written.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <cstring>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "kernels/conv/autotune.h"
#include "kernels/conv/cpu_conv.h"
#include "kernels/conv/cuda_conv.h"
#include "kernels/conv/depth_conv.h"
#include "kernels/core/aligned.h"
#include "tests/gpu/device.h"
#include "tests/gpu/network_convs.h"
#include "tests/image/support.h"
#include "tests/kernels/activations.h"
#include "tests/reference/reference_ops.h"

namespace limpid {
namespace {

using namespace test;
using reference::Map;

constexpr int kThreads = 4;

/// Filter and bias rounded to the type the device multiplies in.
template <class T>
ConvLayer make_layer(std::mt19937& random, const ConvRequest& request, bool whole_numbers) {
  const ConvShape& s = request.shape;
  ConvLayer layer{request.layer, s.k, s.c, s.window.size, {}, {}};
  const int terms = s.c * s.window.size * s.window.size;
  std::uniform_int_distribution<int> integer(-1, 1);
  std::normal_distribution<float> normal(0, 1 / std::sqrt(static_cast<float>(terms)));
  const auto fill = [&](std::vector<float>& values, int count) {
    values.resize(static_cast<std::size_t>(count));
    for (float& value : values) {
      value = whole_numbers ? static_cast<float>(integer(random)) : to_f32(from_f32<T>(normal(random)));
    }
  };
  fill(layer.filter, s.k * terms);
  fill(layer.bias, s.k);
  // The picture has three channels.
  if (s.c == kGroup) {
    const std::size_t plane = static_cast<std::size_t>(s.window.size * s.window.size);
    for (std::size_t i = 0; i < layer.filter.size(); ++i) {
      if (i / plane % kGroup >= 3) layer.filter[i] = 0;
    }
  }
  return layer;
}

/// One convolution's operands on both sides, and its result by the CPU.
template <class T>
class Operands {
 public:
  Operands(const NetworkConv& conv, bool whole_numbers)
      : request_(conv.request),
        fprop_(conv.request.direction == ConvDirection::fprop),
        source_(shape(fprop_, conv.request.source_channels, conv.source_first)),
        target_(shape(!fprop_, conv.request.target_channels, conv.target_first)) {
    std::mt19937 random(1);
    layer_ = make_layer<T>(random, request_, whole_numbers);
    const auto make = [&](const ActivationShape& s) {
      return whole_numbers ? integer_map(random, s.channels, s.h, s.w, 2)
                           : normal_map(random, s.channels, s.h, s.w);
    };
    for (int n = 0; n < request_.batch; ++n) {
      source_.set(n, make(source_.shape()));
      if (request_.accumulate) target_.set(n, make(target_.shape()));
    }
    compute_expected(whole_numbers);
  }

  ConvFilter filter() const { return {layer_.filter.data(), layer_.bias.data()}; }
  const std::vector<Map>& expected() const { return expected_; }

  /// Every image becomes the first one; what is expected stays as it was.
  void make_images_equal() {
    const Map source = source_.map(0), target = target_.map(0);
    for (int n = 1; n < request_.batch; ++n) {
      source_.set(n, source);
      if (request_.accumulate) target_.set(n, target);
    }
  }

  /// The plan's result on the device; fails the test when anything but the target was written.
  BasicActivations<T> run(ConvPlan& plan) {
    DeviceActivations<T> source(source_), target(target_);
    const DeviceArray<float> workspace(std::vector<float>(plan.workspace_bytes() / sizeof(float) + 1));
    plan.run({}, source.tensor(), target.tensor(), workspace.data());
    source.download();
    return target.download();
  }

  /// The same by a CUDA graph, after one run outside of it.
  BasicActivations<T> run_captured(ConvPlan& plan) {
    DeviceActivations<T> source(source_), target(target_);
    const DeviceArray<float> workspace(std::vector<float>(plan.workspace_bytes() / sizeof(float) + 1));
    cudaStream_t stream{};
    cudaGraph_t graph{};
    cudaGraphExec_t ready{};
    check_cuda(cudaStreamCreateWithFlags(&stream, cudaStreamNonBlocking), "a stream");
    const auto run = [&] { plan.run({nullptr, stream}, source.tensor(), target.tensor(), workspace.data()); };
    run();
    check_cuda(cudaStreamSynchronize(stream), "the first run");
    check_cuda(cudaStreamBeginCapture(stream, cudaStreamCaptureModeGlobal), "the capture");
    run();
    check_cuda(cudaStreamEndCapture(stream, &graph), "the capture");
    check_cuda(cudaGraphInstantiate(&ready, graph, 0), "the graph");
    check_cuda(cudaGraphLaunch(ready, stream), "the replay");
    check_cuda(cudaStreamSynchronize(stream), "the replay");
    cudaGraphExecDestroy(ready);
    cudaGraphDestroy(graph);
    cudaStreamDestroy(stream);
    return target.download();
  }

 private:
  ActivationShape shape(bool input_side, int width, int first) const {
    const ConvShape& s = request_.shape;
    const int channels = input_side ? s.c : s.k;
    return {request_.batch,         channels,     input_side ? s.h : s.p,
            input_side ? s.w : s.q, Layout::nhwc, {first, (width - channels) / kGroup - first}};
  }

  void compute_expected(bool whole_numbers) {
    if (!fprop_ && request_.shape.window.stride != 1) {
      const reference::Sliding sliding{request_.shape.window, request_.shape.p, request_.shape.q};
      for (int n = 0; n < request_.batch; ++n) {
        expected_.push_back(
            reference::conv_dgrad(source_.map(n), layer_, sliding, request_.shape.h, request_.shape.w));
      }
      return;
    }
    ConvRequest request = request_;
    request.dtype = DType::f32;
    request.tf32 = false;
    request.source_channels = request.target_channels = 0;
    const auto packed = [](ActivationShape s) {
      s.layout = Layout::nchw8c;
      s.surround = {};
      return s;
    };
    Activations source(packed(source_.shape())), target(packed(target_.shape()));
    for (int n = 0; n < request_.batch; ++n) {
      source.set(n, source_.map(n));
      if (request_.accumulate) target.set(n, target_.map(n));
    }
    const auto plan = cpu::make_conv_plan(request, filter(), kThreads);
    AlignedFloats workspace(plan->workspace_bytes() / sizeof(float) + 1);
    plan->run(threads(kThreads), source.tensor(), target.tensor(), workspace.data());
    for (int n = 0; n < request_.batch; ++n) {
      expected_.push_back(target.map(n));
      // Winograd's transforms, which the CPU's dgrad uses, leave whole numbers a little off.
      if (whole_numbers) {
        for (double& value : expected_.back().values) value = std::round(value);
      }
    }
  }

  ConvRequest request_;
  bool fprop_;
  BasicActivations<T> source_, target_;
  ConvLayer layer_;
  std::vector<Map> expected_;
};

/// ||actual - expected|| / ||expected||, NaN where there is one.
template <class T>
double relative_error(BasicActivations<T>& actual, const std::vector<Map>& expected) {
  double difference = 0, norm = 0;
  actual.for_each([&](T element, int n, int c, int h, int w) {
    const double e = expected[static_cast<std::size_t>(n)].at(c, h, w);
    const double d = static_cast<double>(to_f32(element)) - e;
    difference += d * d;
    norm += e * e;
  });
  return std::sqrt(difference / norm);
}

class ConvParity : public DeviceTest {
 protected:
  void SetUp() override {
    DeviceTest::SetUp();
    if (!IsSkipped()) context_ = std::make_unique<cuda::ConvContext>();
  }

  template <class T>
  std::vector<NetworkConv> convs(bool tf32 = false) const {
    std::vector<NetworkConv> result = network_convs(2);
    for (NetworkConv& conv : result) {
      conv.request.dtype = DTypeOf<T>::value;
      conv.request.tf32 = tf32;
    }
    // Where a layer's gradient has two sources, the second adds to the first's.
    const std::size_t count = result.size();
    for (std::size_t i = 0; i < count; ++i) {
      NetworkConv conv = result[i];
      if (conv.request.direction == ConvDirection::fprop || conv.request.shape.window.stride != 1) continue;
      conv.request.accumulate = true;
      result.push_back(conv);
    }
    return result;
  }

  /// A plan of each of the algorithms that cuBLASLt proposes first.
  std::vector<std::unique_ptr<ConvPlan>> product_plans(const NetworkConv& conv, const ConvFilter& filter) {
    constexpr int kEnough = 3;
    std::vector<std::unique_ptr<ConvPlan>> plans;
    for (const cuda::ConvCandidate& candidate :
         context_->cublaslt().candidates(conv.request, cuda::rules_for(conv.request), kEnough)) {
      plans.push_back(cuda::make_conv_plan(*context_, {}, conv.request, filter, candidate.algorithm));
    }
    EXPECT_FALSE(plans.empty()) << "no algorithm";
    return plans;
  }

  /// Sums of whole numbers are exact in fp32, so all that is left is one rounding to T.
  template <class T>
  static void expect_exact(Operands<T>& operands, ConvPlan& plan) {
    SCOPED_TRACE(plan.algorithm());
    BasicActivations<T> actual = operands.run(plan);
    std::size_t wrong = 0;
    actual.for_each([&](T element, int n, int c, int h, int w) {
      const auto expected = static_cast<float>(operands.expected()[static_cast<std::size_t>(n)].at(c, h, w));
      if (!(to_f32(element) == to_f32(from_f32<T>(expected)))) ++wrong;
    });
    EXPECT_EQ(wrong, 0U) << "relative error " << relative_error(actual, operands.expected());
  }

  template <class T>
  static void expect_close(const NetworkConv& conv, Operands<T>& operands, ConvPlan& plan) {
    SCOPED_TRACE(plan.algorithm());
    BasicActivations<T> actual = operands.run(plan);
    EXPECT_LE(relative_error(actual, operands.expected()), cuda::error_bound(conv.request));
  }

  template <class T>
  void expect_exact() {
    for (NetworkConv conv : convs<T>()) {
      conv.request.translation_exact = true;  // Without Winograd.
      SCOPED_TRACE(conv.request.layer + ": " + cuda::describe(conv.request));
      Operands<T> operands(conv, true);
      expect_exact(operands, *cuda::make_conv_plan(*context_, {}, conv.request, operands.filter()));
    }
  }

  template <class T>
  void expect_close(bool tf32 = false) {
    for (const NetworkConv& conv : convs<T>(tf32)) {
      SCOPED_TRACE(conv.request.layer + ": " + cuda::describe(conv.request));
      Operands<T> operands(conv, false);
      expect_close(conv, operands, *cuda::make_conv_plan(*context_, {}, conv.request, operands.filter()));
    }
  }

  template <class T>
  void expect_products_exact() {
    for (const NetworkConv& conv : convs<T>()) {
      if (!cuda::is_matrix_product(conv.request)) continue;
      SCOPED_TRACE(conv.request.layer + ": " + cuda::describe(conv.request));
      Operands<T> operands(conv, true);
      for (const auto& plan : product_plans(conv, operands.filter())) expect_exact(operands, *plan);
    }
  }

  template <class T>
  void expect_products_close(bool tf32 = false) {
    for (const NetworkConv& conv : convs<T>(tf32)) {
      if (!cuda::is_matrix_product(conv.request)) continue;
      SCOPED_TRACE(conv.request.layer + ": " + cuda::describe(conv.request));
      Operands<T> operands(conv, false);
      for (const auto& plan : product_plans(conv, operands.filter())) expect_close(conv, operands, *plan);
    }
  }

  template <class T>
  void expect_depth_exact(NetworkConv conv) {
    conv.request.dtype = DTypeOf<T>::value;
    Operands<T> operands(conv, true);
    const auto best =
        cuda::depth_candidates(context_->cudnn(), conv.request, cuda::rules_for(conv.request), 1);
    expect_exact(operands, *cuda::make_conv_plan(*context_, {}, conv.request, operands.filter(),
                                                 best.front().algorithm));
  }

  std::unique_ptr<cuda::ConvContext> context_;
};

TEST_F(ConvParity, WholeNumbersFp32) {
  expect_exact<float>();
}
TEST_F(ConvParity, WholeNumbersFp16) {
  expect_exact<f16>();
}
TEST_F(ConvParity, WholeNumbersBf16) {
  expect_exact<bf16>();
}
TEST_F(ConvParity, NormalNumbersFp32) {
  expect_close<float>();
}
TEST_F(ConvParity, NormalNumbersTf32) {
  expect_close<float>(true);
}
TEST_F(ConvParity, NormalNumbersFp16) {
  expect_close<f16>();
}
TEST_F(ConvParity, NormalNumbersBf16) {
  expect_close<bf16>();
}

/// The stem's own kernel, whatever the default is, in both of its shares of pixels.
TEST_F(ConvParity, StemDgradByHand) {
  for (const int batch : {1, 3}) {
    for (NetworkConv conv : network_convs(batch)) {
      if (conv.request.layer != "conv2d0" || conv.request.direction == ConvDirection::fprop) continue;
      const cuda::ConvAlgorithm own{cuda::ConvProvider::stem_dgrad, 0, {}};
      Operands<float> operands(conv, true);
      const auto plan = cuda::make_conv_plan(*context_, {}, conv.request, operands.filter(), own);
      BasicActivations<float> actual = operands.run(*plan);
      EXPECT_EQ(relative_error(actual, operands.expected()), 0);
    }
  }
}

/// The stem on blocks of 2x2 pixels, whatever the default is: at extents that are odd in one direction, where the
/// last blocks are half empty and paddings differ; at the network's it is among all convolutions, in fp16 by default.
TEST_F(ConvParity, StemInDepth) {
  for (NetworkConv conv : network_convs(2)) {
    if (conv.request.layer != "conv2d0") continue;
    for (const Padding padding : {Padding::caffe, Padding::tf_same}) {
      for (const auto& [h, w] : {std::pair{19, 26}, std::pair{28, 17}}) {
        ConvShape& s = conv.request.shape;
        const Extent vertical = conv_extent(padding, h, s.window.size, s.window.stride);
        const Extent horizontal = conv_extent(padding, w, s.window.size, s.window.stride);
        s = {s.c,
             h,
             w,
             s.k,
             vertical.out,
             horizontal.out,
             {s.window.size, s.window.stride, vertical.before, horizontal.before}};
        SCOPED_TRACE(cuda::describe(conv.request));
        expect_depth_exact<f16>(conv);
        expect_depth_exact<float>(conv);
      }
    }
  }
}

/// 1x1 convolutions by cuBLASLt, with the algorithms it proposes first, whatever the default is.
TEST_F(ConvParity, ProductsWholeNumbersFp32) {
  expect_products_exact<float>();
}
TEST_F(ConvParity, ProductsWholeNumbersFp16) {
  expect_products_exact<f16>();
}
TEST_F(ConvParity, ProductsWholeNumbersBf16) {
  expect_products_exact<bf16>();
}
TEST_F(ConvParity, ProductsNormalNumbersFp32) {
  expect_products_close<float>();
}
TEST_F(ConvParity, ProductsNormalNumbersTf32) {
  expect_products_close<float>(true);
}
TEST_F(ConvParity, ProductsNormalNumbersFp16) {
  expect_products_close<f16>();
}
TEST_F(ConvParity, ProductsNormalNumbersBf16) {
  expect_products_close<bf16>();
}

/// An image's result does not depend on its slot: equal images of a batch give equal bits. Odd numbers of
/// slots put tiles across the borders between images.
TEST_F(ConvParity, ProductsDoNotDependOnTheSlot) {
  for (NetworkConv conv : network_convs(5)) {
    conv.request.dtype = DType::f16;
    if (!cuda::is_matrix_product(conv.request)) continue;
    Operands<f16> operands(conv, false);
    operands.make_images_equal();
    for (const auto& plan : product_plans(conv, operands.filter())) {
      SCOPED_TRACE(conv.request.layer + ": " + cuda::describe(conv.request) + ", " + plan->algorithm());
      BasicActivations<f16> actual = operands.run(*plan);
      const Map first = actual.map(0);
      for (int n = 1; n < conv.request.batch; ++n)
        EXPECT_TRUE(actual.map(n).values == first.values) << "slot " << n;
    }
  }
}

/// The same plan, run twice, gives the same bits; and so does a replay of its capture, which allocates
/// nothing.
TEST_F(ConvParity, CapturedRunsGiveTheSameBits) {
  for (const NetworkConv& conv : convs<f16>()) {
    SCOPED_TRACE(conv.request.layer + ": " + cuda::describe(conv.request));
    if (conv.request.accumulate) continue;
    Operands<f16> operands(conv, false);
    const auto plan = cuda::make_conv_plan(*context_, {}, conv.request, operands.filter());
    const std::vector<f16> first = operands.run(*plan).values();
    const std::vector<f16> captured = operands.run_captured(*plan).values();
    ASSERT_EQ(first.size(), captured.size());
    EXPECT_EQ(std::memcmp(first.data(), captured.data(), first.size() * sizeof(f16)), 0);
  }
}

/// What is tuned is sound, and the second look finds it in the cache.
TEST_F(ConvParity, TuningFindsASoundPlan) {
  for (NetworkConv conv : network_convs(1)) {
    if (conv.request.layer != "mixed3a_3x3" && conv.request.layer != "conv2d0") continue;
    conv.request.dtype = DType::f16;
    const std::vector<cuda::TunedCandidate> found = cuda::tune_into_cache(*context_, {}, conv.request);
    SCOPED_TRACE(conv.request.layer + ": " + cuda::describe(conv.request));
    ASSERT_FALSE(found.empty());
    // Candidates may fail, but what is kept may not.
    const auto cached = context_->cache().find(conv.request);
    ASSERT_TRUE(cached);
    EXPECT_LE(cached->relative_error, cuda::error_bound(conv.request));
    EXPECT_GT(cached->microseconds, 0);
  }
}

}  // namespace
}  // namespace limpid
