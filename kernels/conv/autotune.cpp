#include "kernels/conv/autotune.h"

#include <cuda_runtime.h>

#include <algorithm>
#include <array>
#include <cmath>
#include <random>

#include "kernels/conv/device_buffer.h"
#include "kernels/conv/reference_conv.h"
#include "kernels/core/error.h"

namespace limpid::cuda {
namespace {

void check(cudaError_t status, const char* what) {
  if (status != cudaSuccess) fail_runtime("tuning: {} failed: {}", what, cudaGetErrorString(status));
}

cudaStream_t native(const Stream& stream) {
  return static_cast<cudaStream_t>(stream.cuda);
}

class Event {
 public:
  Event() { check(cudaEventCreate(&event_), "creating an event"); }
  ~Event() { cudaEventDestroy(event_); }
  Event(const Event&) = delete;
  Event& operator=(const Event&) = delete;

  void record(const Stream& stream) const { check(cudaEventRecord(event_, native(stream)), "an event"); }
  double microseconds_since(const Event& earlier) const {
    float milliseconds = 0;
    check(cudaEventElapsedTime(&milliseconds, earlier.event_, event_), "timing");
    return 1e3 * static_cast<double>(milliseconds);
  }

 private:
  cudaEvent_t event_{};
};

/// Rounded as the library will round it, so that the reference multiplies the same numbers.
float rounded(float value, DType dtype) {
  switch (dtype) {
    case DType::f16:
      return to_f32(from_f32<f16>(value));
    case DType::bf16:
      return to_f32(from_f32<bf16>(value));
    case DType::f32:
      break;
  }
  return value;
}

std::vector<float> uniform_values(std::size_t count, DType dtype, unsigned seed) {
  std::mt19937 generator(seed);
  std::vector<float> values(count);
  for (float& value : values) {
    value = rounded(static_cast<float>(generator() >> 8) * 0x1p-23F - 1, dtype);
  }
  return values;
}

std::size_t elements(int batch, int channels, int h, int w) {
  return static_cast<std::size_t>(batch) * static_cast<std::size_t>(channels) * static_cast<std::size_t>(h) *
         static_cast<std::size_t>(w);
}

/// Operands of a request, what their convolution is, and the means to run and judge candidates.
class Bench {
 public:
  Bench(const Stream& stream, const ConvRequest& request)
      : stream_(stream),
        request_(request),
        fprop_(request.direction == ConvDirection::fprop),
        source_bytes_(count(source_pixel_stride(request), fprop_) * size_of(request.dtype)),
        target_bytes_(count(target_pixel_stride(request), !fprop_) * size_of(request.dtype)),
        source_buffer_(source_bytes_, "tuning"),
        target_buffer_(target_bytes_, "tuning"),
        initial_(target_bytes_, "tuning"),
        source_(view(source_buffer_, source_pixel_stride(request), fprop_)),
        target_(view(target_buffer_, target_pixel_stride(request), !fprop_)),
        expected_(static_cast<std::size_t>(target_.elements()) * sizeof(float), "tuning"),
        partial_(2 * rows() * sizeof(double), "tuning") {
    const ConvShape& s = request.shape;
    weights_ = uniform_values(elements(s.k, s.c, s.window.size, s.window.size), request.dtype, 1);
    bias_ = uniform_values(static_cast<std::size_t>(s.k), request.dtype, 2);
    if (stem_like()) clear_absent_channels();
    fill(source_buffer_, 3);
    fill(initial_, 4);
    make_reference();
    flush_ = DeviceBuffer(flush_bytes(), "tuning");
  }

  ConvFilter filter() const { return {weights_.data(), bias_.data()}; }

  /// Runs the plan once and returns its error. NaN when it leaves one.
  double error(ConvPlan& plan, void* workspace) {
    reset_target();
    plan.run(stream_, source_, target_, workspace);
    squared_error(stream_, target_, static_cast<const float*>(expected_.data()),
                  static_cast<double*>(partial_.data()));
    std::vector<double> sums(2 * rows());
    check(cudaMemcpyAsync(sums.data(), partial_.data(), partial_.bytes(), cudaMemcpyDeviceToHost,
                          native(stream_)),
          "the copy of the error");
    check(cudaStreamSynchronize(native(stream_)), "the convolution");
    double difference = 0, norm = 0;
    for (std::size_t i = 0; i < rows(); ++i) {
      difference += sums[i];
      norm += sums[rows() + i];
    }
    return std::sqrt(difference / norm);
  }

  /// Median over runs with a cold L2 cache, in microseconds.
  double time(ConvPlan& plan, void* workspace) {
    std::array<Event, kTimedRuns> begin, end;
    for (std::size_t i = 0; i < kTimedRuns; ++i) {
      // Twice the cache: the write evicts whatever the run before left there.
      check(cudaMemsetAsync(flush_.data(), static_cast<int>(i), flush_.bytes(), native(stream_)),
            "flushing the cache");
      begin[i].record(stream_);
      plan.run(stream_, source_, target_, workspace);
      end[i].record(stream_);
    }
    check(cudaStreamSynchronize(native(stream_)), "the convolution");
    std::array<double, kTimedRuns> times{};
    for (std::size_t i = 0; i < kTimedRuns; ++i) times[i] = end[i].microseconds_since(begin[i]);
    std::nth_element(times.begin(), times.begin() + kTimedRuns / 2, times.end());
    return times[kTimedRuns / 2];
  }

 private:
  /// Elements of the input's side of the convolution, or the output's, in a buffer `pixel` channels wide.
  std::size_t count(int pixel, bool input_side) const {
    const ConvShape& s = request_.shape;
    return elements(request_.batch, pixel, input_side ? s.h : s.p, input_side ? s.w : s.q);
  }
  Tensor view(const DeviceBuffer& buffer, int pixel, bool input_side) const {
    const ConvShape& s = request_.shape;
    const Tensor whole = make_nhwc(buffer.data(), request_.dtype, request_.batch, pixel / kGroup,
                                   input_side ? s.h : s.p, input_side ? s.w : s.q);
    return whole.slice_groups(0, (input_side ? s.c : s.k) / kGroup);
  }
  std::size_t rows() const {
    return static_cast<std::size_t>(target_.n) * static_cast<std::size_t>(target_.h);
  }

  /// The network's first convolution has three channels in a group of eight; our kernel knows no more.
  bool stem_like() const { return request_.shape.c == kGroup && request_.shape.window.stride != 1; }
  void clear_absent_channels() {
    const ConvShape& s = request_.shape;
    const std::size_t plane = elements(1, 1, s.window.size, s.window.size);
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      if (i / plane % kGroup >= 3) weights_[i] = 0;
    }
  }

  void fill(const DeviceBuffer& buffer, std::uint32_t seed) const {
    fill_uniform(stream_, buffer.data(), request_.dtype,
                 static_cast<std::int64_t>(buffer.bytes() / size_of(request_.dtype)), seed);
  }
  void reset_target() const {
    check(cudaMemcpyAsync(target_buffer_.data(), initial_.data(), target_bytes_, cudaMemcpyDeviceToDevice,
                          native(stream_)),
          "the copy of the target");
  }
  void make_reference() {
    const DeviceBuffer filter =
        upload_filter(stream_, request_.layer, DType::f32, to_krsc(request_.shape, weights_.data()));
    const DeviceBuffer bias = upload_filter(stream_, request_.layer, DType::f32, bias_);
    reset_target();
    reference_conv(stream_, {request_.shape, request_.direction, request_.relu, request_.accumulate, source_,
                             target_, static_cast<const float*>(filter.data()),
                             fprop_ ? static_cast<const float*>(bias.data()) : nullptr,
                             static_cast<float*>(expected_.data())});
    check(cudaStreamSynchronize(native(stream_)), "the reference convolution");
  }

  static std::size_t flush_bytes() {
    int device = 0, bytes = 0;
    check(cudaGetDevice(&device), "asking for the device");
    check(cudaDeviceGetAttribute(&bytes, cudaDevAttrL2CacheSize, device), "asking for the cache's size");
    return 2 * static_cast<std::size_t>(bytes);
  }

  Stream stream_;
  ConvRequest request_;
  bool fprop_;
  std::size_t source_bytes_, target_bytes_;
  DeviceBuffer source_buffer_, target_buffer_, initial_;
  Tensor source_, target_;
  DeviceBuffer expected_, partial_, flush_;
  std::vector<float> weights_, bias_;
};

TunedCandidate measure(ConvContext& context, const Stream& stream, const ConvRequest& request,
                       const ConvCandidate& candidate, Bench& bench) {
  TunedCandidate result{candidate.algorithm, {}};
  TimedAlgorithm& measured = result.measured;
  measured.name = candidate.algorithm.name();
  measured.workspace_bytes = candidate.workspace_bytes;
  if (const std::string why = context.cache().refusal(request, candidate.algorithm); !why.empty()) {
    measured.refusal = "passed over: " + why;
    return result;
  }
  try {
    const auto plan = make_conv_plan(context, stream, request, bench.filter(), candidate.algorithm);
    const DeviceBuffer workspace(plan->workspace_bytes(), "the workspace of " + measured.name);
    measured.workspace_bytes = plan->workspace_bytes();
    measured.relative_error = bench.error(*plan, workspace.data());
    if (!(measured.relative_error <= error_bound(request))) {
      measured.refusal = "wrong result";
      return result;
    }
    measured.microseconds = bench.time(*plan, workspace.data());
  } catch (const Error& e) {
    measured.refusal = e.what();
    if (!context_is_broken()) return result;
    // Every later candidate would fail too, and seem to be at fault.
    context.refuse(request, candidate.algorithm, e.what());
    context.save_memory();
    fail_runtime("layer {}: {} broke the GPU's context; it is passed over from now on: start again ({})",
                 request.layer, measured.name, e.what());
  }
  return result;
}

}  // namespace

double error_bound(const ConvRequest& request) {
  switch (request.dtype) {
    case DType::f32:
      return request.tf32 ? 2e-3 : 1e-5;
    case DType::f16:
      return 0x1p-10;
    case DType::bf16:
      return 0x1p-7;
  }
  return 0;
}

std::vector<TunedCandidate> autotune(ConvContext& context, const Stream& stream, const ConvRequest& request) {
  Bench bench(stream, request);
  ChoiceRules rules = rules_for(request);
  rules.ready_made = true;
  std::vector<TunedCandidate> result;
  for (const ConvCandidate& candidate : conv_candidates(context, request, rules)) {
    result.push_back(measure(context, stream, request, candidate, bench));
  }
  std::stable_sort(result.begin(), result.end(), [](const TunedCandidate& a, const TunedCandidate& b) {
    if (a.measured.sound() != b.measured.sound()) return a.measured.sound();
    return a.measured.sound() && a.measured.microseconds < b.measured.microseconds;
  });
  return result;
}

std::vector<TunedCandidate> tune_into_cache(ConvContext& context, const Stream& stream,
                                            const ConvRequest& request) {
  std::vector<TunedCandidate> result = autotune(context, stream, request);
  if (!result.empty() && result.front().measured.sound()) {
    const TimedAlgorithm& best = result.front().measured;
    context.cache().store(
        request, {result.front().algorithm, best.workspace_bytes, best.microseconds, best.relative_error});
  }
  return result;
}

}  // namespace limpid::cuda
