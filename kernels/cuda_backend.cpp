// The CUDA backend: one GPU.
#include <cuda_runtime.h>
#include <fmt/format.h>

#include <memory>
#include <utility>

#include "kernels/backend.h"
#include "kernels/conv/autotune.h"
#include "kernels/conv/cuda_conv.h"
#include "kernels/core/cuda_status.h"
#include "kernels/cuda_entry.h"
#include "kernels/cuda_program.h"
#include "kernels/ops.h"

namespace limpid::cuda {
namespace {

constexpr double kMebibyte = 1 << 20;

class GpuMemory final : public DeviceMemory {
 public:
  explicit GpuMemory(std::size_t bytes) : bytes_(bytes) {
    if (bytes == 0) return;
    const cudaError_t status = cudaMalloc(&data_, bytes);
    if (status == cudaErrorMemoryAllocation) {
      cudaGetLastError();
      std::size_t free = 0, total = 0;
      cudaMemGetInfo(&free, &total);
      throw OutOfMemory(
          fmt::format("GPU memory: {:.0f} MiB asked for, {:.0f} MiB free; a smaller --batch or "
                      "--size needs less",
                      static_cast<double>(bytes) / kMebibyte, static_cast<double>(free) / kMebibyte));
    }
    check(status, "allocating memory");
    // Our streams do not wait for the one that cudaMemset uses.
    check(cudaMemset(data_, 0, bytes), "clearing memory");
    check(cudaStreamSynchronize(cudaStreamLegacy), "clearing memory");
  }
  ~GpuMemory() override { cudaFree(data_); }
  GpuMemory(const GpuMemory&) = delete;
  GpuMemory& operator=(const GpuMemory&) = delete;

  void* data() override { return data_; }
  std::size_t bytes() const override { return bytes_; }

 private:
  void* data_ = nullptr;
  std::size_t bytes_;
};

class GpuStream final : public OwnedStream {
 public:
  GpuStream() { check(cudaStreamCreateWithFlags(&stream_, cudaStreamNonBlocking), "creating a stream"); }
  ~GpuStream() override { cudaStreamDestroy(stream_); }
  GpuStream(const GpuStream&) = delete;
  GpuStream& operator=(const GpuStream&) = delete;
  Stream get() const override { return {nullptr, stream_}; }

 private:
  cudaStream_t stream_ = nullptr;
};

class GpuFence final : public Fence {
 public:
  GpuFence() {
    check(cudaEventCreateWithFlags(&event_, cudaEventDisableTiming | cudaEventBlockingSync),
          "creating an event");
  }
  ~GpuFence() override { cudaEventDestroy(event_); }
  GpuFence(const GpuFence&) = delete;
  GpuFence& operator=(const GpuFence&) = delete;

  void mark(const Stream& stream) override {
    check(cudaEventRecord(event_, static_cast<cudaStream_t>(stream.cuda)), "recording an event");
  }
  void hold_back(const Stream& stream) override {
    check(cudaStreamWaitEvent(static_cast<cudaStream_t>(stream.cuda), event_, 0), "ordering streams");
  }
  void wait() override { check(cudaEventSynchronize(event_), "waiting for the GPU"); }

 private:
  cudaEvent_t event_ = nullptr;
};

class TimingEvent {
 public:
  TimingEvent() { check(cudaEventCreate(&event_), "creating an event"); }
  ~TimingEvent() { cudaEventDestroy(event_); }
  TimingEvent(const TimingEvent&) = delete;
  TimingEvent& operator=(const TimingEvent&) = delete;
  cudaEvent_t get() const { return event_; }

 private:
  cudaEvent_t event_ = nullptr;
};

/// Makes a device the calling thread's for as long as it lives. Threads of one process may drive several.
class Current {
 public:
  explicit Current(int device) {
    check(cudaGetDevice(&before_), "asking for the device");
    if (before_ != device) check(cudaSetDevice(device), "choosing the device");
    changed_ = before_ != device;
  }
  ~Current() {
    if (changed_) cudaSetDevice(before_);
  }
  Current(const Current&) = delete;
  Current& operator=(const Current&) = delete;

 private:
  int before_ = 0;
  bool changed_ = false;
};

/// A program of one device.
class OnDevice final : public Program {
 public:
  OnDevice(int device, std::unique_ptr<Program> program) : device_(device), program_(std::move(program)) {}
  void run(const Stream& stream) override {
    const Current current(device_);
    program_->run(stream);
  }

 private:
  int device_;
  std::unique_ptr<Program> program_;
};

class CudaBackend final : public Backend {
 public:
  CudaBackend(int device, const char* algorithms) : device_(device) {
    const Current current(device_);
    cudaDeviceProp properties{};
    check(cudaGetDeviceProperties(&properties, device), "reading the device's properties");
    name_ = fmt::format("cuda:{} {}", device, properties.name);
    l2_bytes_ = static_cast<std::size_t>(properties.l2CacheSize);
    convolutions_ = std::make_unique<ConvContext>();
    if (algorithms != nullptr) convolutions_->keep_algorithms(algorithms);
  }

  ~CudaBackend() override { convolutions_->save_memory(); }
  CudaBackend(const CudaBackend&) = delete;
  CudaBackend& operator=(const CudaBackend&) = delete;

  std::string name() const override { return name_; }
  bool asynchronous() const override { return true; }
  bool groups_input() const override { return true; }
  bool runs_tasks_in_parallel() const override { return true; }
  bool fp32_only() const override { return false; }

  int gpu() const override { return device_; }

  bool is_captured(const Stream& stream) const override { return cuda::is_captured(native(stream)); }

  void within(const std::function<void()>& run) override {
    const Current current(device_);
    run();
  }

  std::size_t free_bytes() const override {
    const Current current(device_);
    std::size_t free = 0, total = 0;
    check(cudaMemGetInfo(&free, &total), "asking for free memory");
    return free;
  }

  std::unique_ptr<DeviceMemory> allocate(std::size_t bytes) override {
    const Current current(device_);
    return std::make_unique<GpuMemory>(bytes);
  }

  void upload(const Stream& stream, void* device, const void* host, std::size_t bytes) override {
    const Current current(device_);
    check(cudaMemcpyAsync(device, host, bytes, cudaMemcpyHostToDevice, native(stream)), "copying to the GPU");
    // From pageable memory the call returns once the bytes are staged or copied: `host` may be reused.
  }

  void download(const Stream& stream, void* host, const void* device, std::size_t bytes) override {
    const Current current(device_);
    check(cudaMemcpyAsync(host, device, bytes, cudaMemcpyDeviceToHost, native(stream)),
          "copying from the GPU");
    check(cudaStreamSynchronize(native(stream)), "running on the GPU");
  }

  std::unique_ptr<OwnedStream> make_stream() override {
    const Current current(device_);
    return std::make_unique<GpuStream>();
  }
  std::unique_ptr<Fence> make_fence() override {
    const Current current(device_);
    return std::make_unique<GpuFence>();
  }
  std::unique_ptr<Program> record(const Stream& stream, std::vector<Task> tasks) override {
    const Current current(device_);
    auto program = std::make_unique<OnDevice>(device_, cuda::record(stream, std::move(tasks)));
    convolutions_->save_memory();
    return program;
  }

  double time(const Stream& stream, const std::function<void(const Stream&)>& run) override {
    const Current current(device_);
    if (flush_ == nullptr) flush_ = std::make_unique<GpuMemory>(2 * l2_bytes_);
    check(cudaMemsetAsync(flush_->data(), 0, flush_->bytes(), native(stream)), "emptying the cache");
    const TimingEvent begin, end;
    check(cudaEventRecord(begin.get(), native(stream)), "recording an event");
    run(stream);
    check(cudaEventRecord(end.get(), native(stream)), "recording an event");
    check(cudaEventSynchronize(end.get()), "running on the GPU");
    float milliseconds = 0;
    check(cudaEventElapsedTime(&milliseconds, begin.get(), end.get()), "reading events");
    return milliseconds * 1e-3;
  }

  Tensor lay_out(void* data, DType dtype, int n, int groups, int h, int w) const override {
    return make_nhwc(data, dtype, n, groups, h, w);
  }

  std::unique_ptr<ConvPlan> make_conv_plan(const Stream& stream, const ConvRequest& request,
                                           const ConvFilter& filter) override {
    const Current current(device_);
    return cuda::make_conv_plan(*convolutions_, stream, request, filter);
  }
  std::unique_ptr<StemConvPlan> make_stem_plan(const Stream&, const ConvRequest& request,
                                               const ConvFilter&) override {
    fail_usage("{}: the GPU's first convolution is a ConvPlan (Backend::groups_input)", request.layer);
  }
  ConvTuning tune(const Stream& stream, const ConvRequest& request) override {
    const Current current(device_);
    ConvTuning result;
    result.cache_file = default_plan_cache_file().string();
    for (TunedCandidate& candidate : tune_into_cache(*convolutions_, stream, request)) {
      result.algorithms.push_back(std::move(candidate.measured));
    }
    // At once, so that what was measured stays when time runs out; in place of what cannot be read.
    if (!convolutions_->cache().update()) convolutions_->cache().save();
    return result;
  }
  std::unique_ptr<FftPlan> make_fft_plan(const FftShape& shape) override {
    const Current current(device_);
    return cuda::make_fft_plan(shape);
  }

 private:
  static cudaStream_t native(const Stream& stream) { return static_cast<cudaStream_t>(stream.cuda); }

#define LIMPID_LAUNCH(Op, function)                          \
  void launch(const Stream& stream, const Op& op) override { \
    const Current current(device_);                          \
    function(stream, op);                                    \
  }
  LIMPID_OPERATIONS(LIMPID_LAUNCH)
#undef LIMPID_LAUNCH

  int device_;
  std::string name_;
  std::size_t l2_bytes_ = 0;
  std::unique_ptr<GpuMemory> flush_;  ///< Larger than the L2; made when first something is timed.
  std::unique_ptr<ConvContext> convolutions_;
};

int devices_that_answer() {
  int count = 0;
  if (cudaGetDeviceCount(&count) != cudaSuccess) {
    cudaGetLastError();
    return 0;
  }
  return count;
}

}  // namespace
}  // namespace limpid::cuda

extern "C" {

__attribute__((visibility("default"))) int limpid_cuda_device_count() {
  return limpid::cuda::devices_that_answer();
}

__attribute__((visibility("default"))) limpid::Backend* limpid_cuda_make_backend(int device,
                                                                                 const char* algorithms) {
  int count = 0;
  const cudaError_t status = cudaGetDeviceCount(&count);
  if (status != cudaSuccess) {
    limpid::fail_runtime("no GPU answers: {}; --device cpu runs without", cudaGetErrorString(status));
  }
  if (device >= count) {
    limpid::fail_usage("cuda:{}: this machine has {} GPU{}, numbered from 0", device, count,
                       count == 1 ? "" : "s");
  }
  return std::make_unique<limpid::cuda::CudaBackend>(device, algorithms).release();
}
}
