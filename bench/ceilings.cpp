#include "bench/ceilings.h"

#include <algorithm>
#include <functional>
#include <random>
#include <vector>

#include "bench/timing.h"
#include "engine/optimize/step_cost.h"
#include "kernels/ops/relu.h"

namespace limpid::bench {
namespace {

constexpr int kCeilingSamples = 5;

/// A tensor that owns its memory, filled with values of either sign: processors and graphics cards run faster
/// on zeros (pages all alike, bits that never toggle) than on data.
class FilledTensor {
 public:
  FilledTensor(Backend& backend, const Stream& stream, DType dtype, int n, int channels, int h, int w)
      : memory_(backend.allocate(static_cast<std::size_t>(n) * static_cast<std::size_t>(channels) *
                                 static_cast<std::size_t>(h) * static_cast<std::size_t>(w) * size_of(dtype))),
        view_(backend.lay_out(memory_->data(), dtype, n, channels / kGroup, h, w)) {
    with_type(dtype, [&](auto type) { fill<decltype(type)>(backend, stream); });
  }

  const Tensor& view() const { return view_; }
  std::size_t bytes() const { return memory_->bytes(); }

 private:
  template <class T>
  void fill(Backend& backend, const Stream& stream) {
    constexpr std::size_t kBlock = std::size_t{1} << 20;
    std::mt19937 random(1);
    std::uniform_real_distribution<float> uniform(-1, 1);
    std::vector<T> block(std::min(kBlock, memory_->bytes()) / sizeof(T));
    for (T& value : block) value = from_f32<T>(uniform(random));
    const std::size_t size = block.size() * sizeof(T);
    for (std::size_t at = 0; at < memory_->bytes(); at += size) {
      backend.upload(stream, static_cast<std::byte*>(memory_->data()) + at, block.data(),
                     std::min(size, memory_->bytes() - at));
    }
  }

  std::unique_ptr<DeviceMemory> memory_;
  Tensor view_;
};

/// The least seconds of a call.
double best_seconds(Backend& backend, const Stream& stream, double sample_seconds,
                    const std::function<void()>& start) {
  DeviceTimer timer(backend, stream);
  const int count = timer.count_for(sample_seconds, start);
  double best = timer.seconds(count, start);
  for (int i = 1; i < kCeilingSamples; ++i) best = std::min(best, timer.seconds(count, start));
  return best;
}

double copy_bandwidth(Backend& backend, const Stream& stream, const CeilingOptions& options) {
  constexpr int kChannels = 256, kSide = 32;  // One mebibyte of fp32.
  const FilledTensor gradient(backend, stream, DType::f32, options.copy_mebibytes, kChannels, kSide, kSide);
  const FilledTensor output(backend, stream, DType::f32, options.copy_mebibytes, kChannels, kSide, kSide);
  const ReluMask mask{gradient.view(), output.view()};
  const double seconds = best_seconds(backend, stream, options.seconds, [&] { backend.run(stream, mask); });
  return static_cast<double>(2 * gradient.bytes() + output.bytes()) / seconds;
}

double gemm_rate(Backend& backend, const Stream& stream, Precision precision, const CeilingOptions& options) {
  constexpr int kChannels = 1024, kSide = 28;
  ConvRequest request;
  request.layer = "ceiling";
  request.shape = {kChannels, kSide, kSide, kChannels, kSide, kSide, {}};
  request.batch = options.gemm_images;
  request.dtype = storage_of(precision);
  request.tf32 = precision == Precision::tf32;
  std::mt19937 random(2);
  std::uniform_real_distribution<float> uniform(-0.05F, 0.05F);
  std::vector<float> filter(std::size_t{kChannels} * kChannels);
  std::generate(filter.begin(), filter.end(), [&] { return uniform(random); });
  const std::vector<float> bias(kChannels);
  const auto plan = backend.make_conv_plan(stream, request, {filter.data(), bias.data()});
  const FilledTensor x(backend, stream, request.dtype, request.batch, kChannels, kSide, kSide);
  const FilledTensor y(backend, stream, request.dtype, request.batch, kChannels, kSide, kSide);
  const auto workspace = backend.allocate(plan->workspace_bytes());
  const double seconds = best_seconds(backend, stream, options.seconds,
                                      [&] { plan->run(stream, x.view(), y.view(), workspace->data()); });
  return 2 * request.shape.macs() * request.batch / seconds;
}

}  // namespace

Card measure_ceilings(Backend& backend, const Stream& stream, Precision precision,
                      const CeilingOptions& options) {
  Card card;
  card.name = "measured";
  card.title = backend.name();
  card.source = "measured in this run: ReLU mask and 1x1 convolution of 1024 channels";
  card.bandwidth = copy_bandwidth(backend, stream, options);
  card.fp32_flops = gemm_rate(backend, stream, Precision::fp32, options);
  if (precision == Precision::tf32) card.tf32_flops = gemm_rate(backend, stream, precision, options);
  if (storage_of(precision) != DType::f32) card.half_flops = gemm_rate(backend, stream, precision, options);
  return card;
}

}  // namespace limpid::bench
