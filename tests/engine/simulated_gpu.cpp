#include "tests/engine/simulated_gpu.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <deque>
#include <functional>
#include <mutex>
#include <random>
#include <set>
#include <stdexcept>
#include <utility>
#include <vector>

#include "kernels/core/error.h"
#include "kernels/ops.h"

namespace limpid::test {
namespace {

/// Pages that only the device may touch. All are opened while it works; a host that reads or writes them
/// meanwhile goes unnoticed, at any other time it crashes.
class Pages {
 public:
  void add(void* data, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    all_.insert({data, bytes});
    protect(data, bytes, open_ > 0);
  }
  void remove(void* data, std::size_t bytes) {
    const std::lock_guard lock(mutex_);
    all_.erase({data, bytes});
  }
  void open() {
    const std::lock_guard lock(mutex_);
    if (open_++ == 0) protect_all(true);
  }
  void close() {
    const std::lock_guard lock(mutex_);
    if (--open_ == 0) protect_all(false);
  }

 private:
  static void protect(void* data, std::size_t bytes, bool open) {
    if (mprotect(data, bytes, open ? PROT_READ | PROT_WRITE : PROT_NONE) != 0)
      throw std::runtime_error("mprotect");
  }
  void protect_all(bool open) {
    for (const auto& [data, bytes] : all_) protect(data, bytes, open);
  }

  std::mutex mutex_;
  std::set<std::pair<void*, std::size_t>> all_;
  int open_ = 0;
};

/// What is to run, in order, once somebody waits.
class Queue {
 public:
  void add(std::function<void()> work) { work_.push_back(std::move(work)); }

  void finish() {
    pages.open();
    try {
      for (; !work_.empty(); work_.pop_front()) work_.front()();
    } catch (...) {
      work_.clear();
      pages.close();
      throw;
    }
    pages.close();
  }

  Pages pages;

 private:
  std::deque<std::function<void()>> work_;
};

class Memory final : public DeviceMemory {
 public:
  Memory(std::shared_ptr<Queue> queue, std::size_t bytes, std::function<void()> freed)
      : queue_(std::move(queue)), bytes_(bytes), freed_(std::move(freed)) {
    const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
    mapped_ = (std::max<std::size_t>(bytes, 1) + page - 1) / page * page;
    data_ = mmap(nullptr, mapped_, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (data_ == MAP_FAILED) throw std::runtime_error("mmap");
    queue_->pages.add(data_, mapped_);
  }
  ~Memory() override {
    queue_->finish();
    queue_->pages.remove(data_, mapped_);
    munmap(data_, mapped_);
    freed_();
  }
  void* data() override { return data_; }
  std::size_t bytes() const override { return bytes_; }

 private:
  std::shared_ptr<Queue> queue_;
  std::size_t bytes_, mapped_ = 0;
  std::function<void()> freed_;
  void* data_ = nullptr;
};

class NoStream final : public OwnedStream {
 public:
  Stream get() const override { return {}; }
};

class QueueFence final : public Fence {
 public:
  explicit QueueFence(std::shared_ptr<Queue> queue) : queue_(std::move(queue)) {}
  void mark(const Stream&) override { marked_ = true; }
  void hold_back(const Stream&) override {}
  void wait() override {
    if (std::exchange(marked_, false)) queue_->finish();
  }

 private:
  std::shared_ptr<Queue> queue_;
  bool marked_ = false;
};

/// Every run in another order.
class ShuffledProgram final : public Program {
 public:
  ShuffledProgram(std::shared_ptr<Queue> queue, std::vector<Task> tasks)
      : queue_(std::move(queue)), tasks_(std::move(tasks)) {}

  void run(const Stream& stream) override {
    std::vector<int> missing;
    std::vector<std::vector<std::size_t>> followers(tasks_.size());
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      missing.push_back(static_cast<int>(tasks_[i].after.size()));
      for (const int j : tasks_[i].after) followers[static_cast<std::size_t>(j)].push_back(i);
    }
    std::vector<std::size_t> ready;
    for (std::size_t i = 0; i < tasks_.size(); ++i) {
      if (missing[i] == 0) ready.push_back(i);
    }
    while (!ready.empty()) {
      std::swap(ready[random_() % ready.size()], ready.back());
      const std::size_t i = ready.back();
      ready.pop_back();
      tasks_[i].run(stream);
      for (const std::size_t follower : followers[i]) {
        if (--missing[follower] == 0) ready.push_back(follower);
      }
    }
  }

 private:
  std::shared_ptr<Queue> queue_;
  std::vector<Task> tasks_;
  std::mt19937 random_{1};
};

/// From the definition, fp32 in channel, row, column order.
class LoopConvolution final : public ConvPlan {
 public:
  LoopConvolution(std::shared_ptr<Queue> queue, const ConvRequest& request, const ConvFilter& filter)
      : queue_(std::move(queue)), r_(request) {
    const ConvShape& s = r_.shape;
    const auto taps = static_cast<std::ptrdiff_t>(s.window.size) * s.window.size;
    weights_.assign(filter.weights, filter.weights + taps * s.k * s.c);
    bias_.assign(static_cast<std::size_t>(s.k), 0.0F);
    if (filter.bias != nullptr && r_.direction == ConvDirection::fprop)
      std::copy_n(filter.bias, s.k, bias_.begin());
  }

  std::size_t workspace_bytes() const override { return kWorkspace; }
  std::string algorithm() const override { return "loops"; }

  void run(const Stream&, const Tensor& source, const Tensor& target, void* workspace) override {
    check_pitch(source, r_.source_channels);
    check_pitch(target, r_.target_channels);
    queue_->add([this, source, target, workspace] {
      // Another operation that shares it at the same time would be found out by what it computes.
      std::memset(workspace, 0xff, kWorkspace);
      r_.direction == ConvDirection::fprop ? fprop(source, target) : dgrad(source, target);
    });
  }

 private:
  static constexpr std::size_t kWorkspace = 4096;

  static void check_pitch(const Tensor& t, int channels) {
    if (t.w > 1 && t.stride_w != channels) throw std::logic_error("the plan was made for other strides");
  }

  float weight(int k, int c, int r, int s) const {
    const int size = r_.shape.window.size;
    return weights_[static_cast<std::size_t>(((k * r_.shape.c + c) * size + r) * size + s)];
  }

  /// visit(h, w, r, s) for every tap of output (p, q) inside the input.
  template <class Visit>
  void for_each_tap(int p, int q, Visit visit) const {
    const Window& window = r_.shape.window;
    for (int r = 0; r < window.size; ++r) {
      for (int s = 0; s < window.size; ++s) {
        const int h = p * window.stride - window.before_h + r;
        const int w = q * window.stride - window.before_w + s;
        if (h >= 0 && h < r_.shape.h && w >= 0 && w < r_.shape.w) visit(h, w, r, s);
      }
    }
  }

  void fprop(const Tensor& source, const Tensor& target) const {
    const auto x = source.as<const float>();
    const auto y = target.as<float>();
    std::vector<float> sums(static_cast<std::size_t>(r_.shape.k));
    for (int n = 0; n < y.n; ++n) {
      for (int p = 0; p < y.h; ++p) {
        for (int q = 0; q < y.w; ++q) {
          sums = bias_;
          for_each_tap(p, q, [&](int h, int w, int r, int s) {
            for (int c = 0; c < r_.shape.c; ++c) {
              const float value = x.at(n, c / kGroup, h, w)[c % kGroup];
              for (int k = 0; k < r_.shape.k; ++k)
                sums[static_cast<std::size_t>(k)] += value * weight(k, c, r, s);
            }
          });
          for (int k = 0; k < r_.shape.k; ++k) {
            const float sum = sums[static_cast<std::size_t>(k)];
            y.at(n, k / kGroup, p, q)[k % kGroup] = r_.relu ? std::max(sum, 0.0F) : sum;
          }
        }
      }
    }
  }

  void dgrad(const Tensor& source, const Tensor& target) const {
    const auto dy = source.as<const float>();
    const auto dx = target.as<float>();
    for (int n = 0; n < dx.n; ++n) {
      if (!r_.accumulate) {
        for (int g = 0; g < dx.groups; ++g) {
          for (int h = 0; h < dx.h; ++h) {
            for (int w = 0; w < dx.w; ++w) std::fill_n(dx.at(n, g, h, w), kGroup, 0.0F);
          }
        }
      }
      for (int p = 0; p < dy.h; ++p) {
        for (int q = 0; q < dy.w; ++q) {
          for_each_tap(p, q, [&](int h, int w, int r, int s) {
            for (int k = 0; k < r_.shape.k; ++k) {
              const float value = dy.at(n, k / kGroup, p, q)[k % kGroup];
              if (value == 0) continue;
              for (int c = 0; c < r_.shape.c; ++c) {
                dx.at(n, c / kGroup, h, w)[c % kGroup] += value * weight(k, c, r, s);
              }
            }
          });
        }
      }
    }
  }

  std::shared_ptr<Queue> queue_;
  ConvRequest r_;
  std::vector<float> weights_, bias_;
};

class QueuedFft final : public FftPlan {
 public:
  QueuedFft(std::shared_ptr<Queue> queue, std::unique_ptr<FftPlan> plan)
      : queue_(std::move(queue)), plan_(std::move(plan)) {}
  void inverse(const Stream& stream, float* spectrum, float* signal) override {
    queue_->add([=, this] { plan_->inverse(stream, spectrum, signal); });
  }
  void inverse_adjoint(const Stream& stream, const float* dsignal, float* dspectrum) override {
    queue_->add([=, this] { plan_->inverse_adjoint(stream, dsignal, dspectrum); });
  }
  std::string algorithm() const override { return plan_->algorithm(); }

 private:
  std::shared_ptr<Queue> queue_;
  std::unique_ptr<FftPlan> plan_;
};

class SimulatedGpu final : public Backend {
 public:
  explicit SimulatedGpu(std::size_t memory) : free_(std::make_shared<std::size_t>(memory)) {}

  std::string name() const override { return "cuda:0 simulated"; }
  bool asynchronous() const override { return true; }
  int gpu() const override { return 0; }
  bool groups_input() const override { return true; }
  bool runs_tasks_in_parallel() const override { return true; }
  bool fp32_only() const override { return true; }
  std::size_t free_bytes() const override { return *free_; }

  std::unique_ptr<DeviceMemory> allocate(std::size_t bytes) override {
    if (bytes > *free_) throw OutOfMemory("simulated memory is short");
    *free_ -= bytes;
    return std::make_unique<Memory>(queue_, bytes, [free = free_, bytes] { *free += bytes; });
  }
  void upload(const Stream&, void* device, const void* host, std::size_t bytes) override {
    std::vector<std::byte> copy(bytes);
    if (bytes > 0) std::memcpy(copy.data(), host, bytes);
    queue_->add([device, copy = std::move(copy)] {
      if (!copy.empty()) std::memcpy(device, copy.data(), copy.size());
    });
  }
  void download(const Stream&, void* host, const void* device, std::size_t bytes) override {
    queue_->add([=] { std::memcpy(host, device, bytes); });
    queue_->finish();
  }
  std::unique_ptr<OwnedStream> make_stream() override { return std::make_unique<NoStream>(); }
  std::unique_ptr<Fence> make_fence() override { return std::make_unique<QueueFence>(queue_); }
  std::unique_ptr<Program> record(const Stream& stream, std::vector<Task> tasks) override {
    for (const Task& task : tasks) task.run(stream);
    queue_->finish();
    return std::make_unique<ShuffledProgram>(queue_, std::move(tasks));
  }
  double time(const Stream& stream, const std::function<void(const Stream&)>& run) override {
    return cpu_->time(stream, [&](const Stream& s) {
      run(s);
      queue_->finish();
    });
  }
  Tensor lay_out(void* data, DType dtype, int n, int groups, int h, int w) const override {
    return make_nhwc(data, dtype, n, groups, h, w);
  }
  std::unique_ptr<ConvPlan> make_conv_plan(const Stream&, const ConvRequest& request,
                                           const ConvFilter& filter) override {
    return std::make_unique<LoopConvolution>(queue_, request, filter);
  }
  std::unique_ptr<StemConvPlan> make_stem_plan(const Stream&, const ConvRequest&,
                                               const ConvFilter&) override {
    throw std::logic_error("a grouped input has no stem plan");
  }
  ConvTuning tune(const Stream& stream, const ConvRequest& request) override {
    return cpu_->tune(stream, request);
  }
  std::unique_ptr<FftPlan> make_fft_plan(const FftShape& shape) override {
    return std::make_unique<QueuedFft>(queue_, cpu_->make_fft_plan(shape));
  }

 private:
#define LIMPID_LAUNCH(Op, function)                             \
  void launch(const Stream& stream, const Op& op) override {    \
    queue_->add([this, stream, op] { cpu_->run(stream, op); }); \
  }
  LIMPID_OPERATIONS(LIMPID_LAUNCH)
#undef LIMPID_LAUNCH

  std::shared_ptr<Queue> queue_ = std::make_shared<Queue>();
  std::shared_ptr<std::size_t> free_;
  std::unique_ptr<Backend> cpu_ = cpu::make_backend();
};

}  // namespace

std::unique_ptr<Backend> make_simulated_gpu(std::size_t memory) {
  return std::make_unique<SimulatedGpu>(memory);
}

}  // namespace limpid::test
