#include "engine/network/device.h"

#include <charconv>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/network/executor_options.h"
#include "engine/network/threads.h"
#include "kernels/backend.h"
#include "kernels/core/error.h"
#include "kernels/cuda_library.h"

namespace limpid {
namespace {

/// Factor on gradients in fp16, whose normal range is 6e-5 to 65504. Measured with BVLC's weights over inputs
/// of noise, channel objectives of ten layers: the largest gradient inside the network is the objective's
/// own, at most 1 (a logit or a neuron; 1 / (h w) for a channel), which leaves a factor of 16 for weights of
/// objectives; the median of those that are not zero is 7e-7 to 7e-5, well inside once scaled, and 0 to 12 %
/// (21 % at conv2d2) stay below the normal range. A constant, for a scale that followed the values would make
/// a job's result depend on its neighbours.
constexpr float kHalfGradientScale = 4096;

/// The number of the GPU asked for; none for the CPU.
std::optional<int> gpu_of(const std::string& device) {
  if (device == "cpu") return std::nullopt;
  if (device == "auto") return cuda_library::answers() ? std::optional<int>(0) : std::nullopt;
  if (device == "cuda") return 0;
  constexpr std::string_view kPrefix = "cuda:";
  if (device.starts_with(kPrefix)) {
    int number = 0;
    const char* end = device.data() + device.size();
    const auto [rest, error] = std::from_chars(device.data() + kPrefix.size(), end, number);
    if (error == std::errc() && rest == end && number >= 0) return number;
  }
  fail_usage("unknown device '{}': it is auto, cpu, cuda or cuda:N with N from 0", device);
}

}  // namespace

Device::Device(const ComputeOptions& options) : Device(options, std::string()) {}

Device::Device(const ComputeOptions& options, const std::string& algorithms) : precision_(options.precision) {
  const std::optional<int> gpu = gpu_of(options.device);
  if (gpu) {
    backend_ = cuda_library::make_backend(*gpu, algorithms);
    stream_ = backend_->make_stream();
    if (precision_ == Precision::automatic) precision_ = Precision::fp16;
    return;
  }
  if (precision_ == Precision::automatic) precision_ = Precision::fp32;
  if (precision_ != Precision::fp32) {
    fail_usage("precision {} needs a GPU (--device cuda): the CPU computes in fp32", to_string(precision_));
  }
  if (options.threads < 0) {
    fail_usage("{} threads: give 0 for all cores, or a positive number", options.threads);
  }
  backend_ = cpu::make_backend();
  threads_ = std::make_unique<HostThreads>(options.threads);
}

Device::Device(std::unique_ptr<Backend> backend, Precision precision)
    : backend_(std::move(backend)), stream_(backend_->make_stream()), precision_(precision) {}

Device::Device(Device&&) noexcept = default;
Device::~Device() = default;

int Device::gpu() const {
  return backend_->gpu();
}

Stream Device::stream() {
  return threads_ != nullptr ? threads_->stream() : stream_->get();
}

ExecutorOptions Device::executor_options() const {
  ExecutorOptions options;
  if (precision_ == Precision::fp16) {
    options.dtype = DType::f16;
    options.gradient_scale = kHalfGradientScale;
  }
  if (precision_ == Precision::bf16) options.dtype = DType::bf16;
  options.tf32 = precision_ == Precision::tf32;
  return options;
}

}  // namespace limpid
