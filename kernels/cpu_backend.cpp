#include <sys/sysinfo.h>

#include <chrono>
#include <cstring>
#include <utility>

#include "kernels/backend.h"
#include "kernels/conv/cpu_conv.h"
#include "kernels/core/aligned.h"
#include "kernels/core/error.h"
#include "kernels/ops.h"

namespace limpid::cpu {
namespace {

class HostMemory final : public DeviceMemory {
 public:
  explicit HostMemory(std::size_t bytes)
      : floats_((bytes + sizeof(float) - 1) / sizeof(float)), bytes_(bytes) {}
  void* data() override { return floats_.data(); }
  std::size_t bytes() const override { return bytes_; }

 private:
  AlignedFloats floats_;
  std::size_t bytes_;
};

/// The tasks one by one: each uses all threads itself.
class TaskList final : public Program {
 public:
  explicit TaskList(std::vector<Task> tasks) : tasks_(std::move(tasks)) {}
  void run(const Stream& stream) override {
    for (const Task& task : tasks_) task.run(stream);
  }

 private:
  std::vector<Task> tasks_;
};

/// The calling thread alone.
class CallingThread final : public OwnedStream {
 public:
  Stream get() const override { return {}; }
};

/// Everything is done when a call returns.
class NothingToWaitFor final : public Fence {
 public:
  void mark(const Stream&) override {}
  void hold_back(const Stream&) override {}
  void wait() override {}
};

class CpuBackend final : public Backend {
 public:
  std::string name() const override { return "cpu"; }
  bool asynchronous() const override { return false; }
  bool groups_input() const override { return false; }
  bool runs_tasks_in_parallel() const override { return false; }
  bool fp32_only() const override { return true; }

  std::size_t free_bytes() const override {
    struct sysinfo info {};
    return sysinfo(&info) == 0 ? std::size_t{info.freeram} * info.mem_unit : 0;
  }

  std::unique_ptr<DeviceMemory> allocate(std::size_t bytes) override {
    return std::make_unique<HostMemory>(bytes);
  }

  void upload(const Stream&, void* device, const void* host, std::size_t bytes) override {
    if (bytes > 0) std::memcpy(device, host, bytes);  // Of no bytes, either may be null.
  }
  void download(const Stream&, void* host, const void* device, std::size_t bytes) override {
    if (bytes > 0) std::memcpy(host, device, bytes);
  }
  std::unique_ptr<OwnedStream> make_stream() override { return std::make_unique<CallingThread>(); }
  std::unique_ptr<Fence> make_fence() override { return std::make_unique<NothingToWaitFor>(); }
  std::unique_ptr<Program> record(const Stream&, std::vector<Task> tasks) override {
    return std::make_unique<TaskList>(std::move(tasks));
  }

  double time(const Stream& stream, const std::function<void(const Stream&)>& run) override {
    const auto begin = std::chrono::steady_clock::now();
    run(stream);
    return std::chrono::duration<double>(std::chrono::steady_clock::now() - begin).count();
  }

  Tensor lay_out(void* data, DType dtype, int n, int groups, int h, int w) const override {
    return make_nchw8c(data, dtype, n, groups, h, w);
  }

  std::unique_ptr<ConvPlan> make_conv_plan(const Stream& stream, const ConvRequest& request,
                                           const ConvFilter& filter) override {
    return cpu::make_conv_plan(request, filter, stream.threads());
  }
  std::unique_ptr<StemConvPlan> make_stem_plan(const Stream& stream, const ConvRequest& request,
                                               const ConvFilter& filter) override {
    return cpu::make_stem_plan(request, filter, stream.threads());
  }
  ConvTuning tune(const Stream&, const ConvRequest&) override {
    fail_usage("nothing to tune on the CPU: a convolution's shape decides its algorithm");
  }
  std::unique_ptr<FftPlan> make_fft_plan(const FftShape& shape) override { return cpu::make_fft_plan(shape); }

 private:
#define LIMPID_LAUNCH(Op, function)                          \
  void launch(const Stream& stream, const Op& op) override { \
    function(stream, op);                                    \
  }
  LIMPID_OPERATIONS(LIMPID_LAUNCH)
#undef LIMPID_LAUNCH
};

}  // namespace

std::unique_ptr<Backend> make_backend() {
  return std::make_unique<CpuBackend>();
}

}  // namespace limpid::cpu
