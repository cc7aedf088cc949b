// Which algorithm of the CPU backend serves which convolution.
#include "kernels/conv/cpu_conv.h"

#include <vector>

#include "kernels/conv/onednn_stem.h"
#include "kernels/conv/stem_dgrad.h"
#include "kernels/core/error.h"

namespace limpid::cpu {
namespace {

void check(const ConvRequest& request) {
  if (request.dtype != DType::f32) {
    fail_usage("layer {}: the CPU backend computes in fp32, {} was asked for", request.layer,
               name_of(request.dtype));
  }
}

/// The filter of the adjoint: C x K x R x S, each plane turned by 180 degrees.
std::vector<float> transpose_and_turn(const ConvShape& shape, const float* weights) {
  const int taps = shape.window.size * shape.window.size;
  std::vector<float> result(static_cast<std::size_t>(shape.k) * static_cast<std::size_t>(shape.c * taps));
  for (int k = 0; k < shape.k; ++k) {
    for (int c = 0; c < shape.c; ++c) {
      const float* source = weights + (std::int64_t{k} * shape.c + c) * taps;
      float* target = result.data() + (std::int64_t{c} * shape.k + k) * taps;
      for (int tap = 0; tap < taps; ++tap) target[taps - 1 - tap] = source[tap];
    }
  }
  return result;
}

std::unique_ptr<ConvPlan> choose(const CpuConvRequest& request, const ConvFilter& filter,
                                 bool allow_winograd) {
  return allow_winograd && winograd_supports(request.shape) ? make_winograd_conv(request, filter)
                                                            : make_onednn_conv(request, filter);
}

class CpuStem final : public StemConvPlan {
 public:
  CpuStem(const CpuConvRequest& request, const ConvFilter& filter)
      : fprop_(make_onednn_stem(request, filter)), dgrad_(request.shape, filter.weights) {}

  std::size_t workspace_bytes() const override { return fprop_->workspace_bytes(); }
  std::string algorithm() const override { return fprop_->algorithm() + ", own dgrad"; }

  void fprop(const Stream& stream, Planar<const float> x, const Tensor& y, void* workspace) override {
    fprop_->run(stream, x, y, workspace);
  }
  void dgrad(const Stream& stream, const Tensor& dy, Planar<float> dx, void*) override {
    dgrad_.run(stream, dy, dx);
  }

 private:
  std::unique_ptr<StemFprop> fprop_;
  StemDgrad dgrad_;
};

}  // namespace

std::unique_ptr<ConvPlan> make_conv_plan(const ConvRequest& request, const ConvFilter& filter, int threads) {
  check(request);
  CpuConvRequest forward{request.layer, request.shape,      request.batch,
                         request.relu,  request.accumulate, threads};
  if (request.direction == ConvDirection::fprop) return choose(forward, filter, !request.translation_exact);

  const ConvShape& s = request.shape;
  if (s.window.stride != 1)
    fail_usage("layer {}: dgrad of stride {} is the stem's alone", request.layer, s.window.stride);
  forward.shape.c = s.k;
  forward.shape.h = s.p;
  forward.shape.w = s.q;
  forward.shape.k = s.c;
  forward.shape.p = s.h;
  forward.shape.q = s.w;
  forward.shape.window.before_h = s.window.size - 1 - s.window.before_h;
  forward.shape.window.before_w = s.window.size - 1 - s.window.before_w;
  const std::vector<float> turned = transpose_and_turn(s, filter.weights);
  return choose(forward, {turned.data(), nullptr}, true);
}

std::unique_ptr<StemConvPlan> make_stem_plan(const ConvRequest& request, const ConvFilter& filter,
                                             int threads) {
  check(request);
  return std::make_unique<CpuStem>(
      CpuConvRequest{request.layer, request.shape, request.batch, request.relu, false, threads}, filter);
}

}  // namespace limpid::cpu
