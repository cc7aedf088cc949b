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
  void wait() override {}
};

class CpuBackend final : public Backend {
 public:
  std::string name() const override { return "cpu"; }
  bool asynchronous() const override { return false; }
  bool groups_input() const override { return false; }
  bool runs_tasks_in_parallel() const override { return false; }

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

  void run(const Stream& s, const MaxPoolFprop& op) override { max_pool_fprop(s, op); }
  void run(const Stream& s, const MaxPoolBprop& op) override { max_pool_bprop(s, op); }
  void run(const Stream& s, const MaxPoolJvp& op) override { max_pool_jvp(s, op); }
  void run(const Stream& s, const SmoothedPoolBprop& op) override { smoothed_pool_bprop(s, op); }
  void run(const Stream& s, const LrnFprop& op) override { lrn_fprop(s, op); }
  void run(const Stream& s, const LrnBprop& op) override { lrn_bprop(s, op); }
  void run(const Stream& s, const LrnJvp& op) override { lrn_jvp(s, op); }
  void run(const Stream& s, const ReluFprop& op) override { relu_fprop(s, op); }
  void run(const Stream& s, const ReluMask& op) override { relu_mask(s, op); }
  void run(const Stream& s, const RuledRelu& op) override { ruled_relu(s, op); }
  void run(const Stream& s, const AddGradient& op) override { add_gradient(s, op); }
  void run(const Stream& s, const GlobalAveragePoolFprop& op) override { global_average_pool_fprop(s, op); }
  void run(const Stream& s, const GlobalAveragePoolBprop& op) override { global_average_pool_bprop(s, op); }
  void run(const Stream& s, const SoftmaxFprop& op) override { softmax_fprop(s, op); }
  void run(const Stream& s, const SoftmaxBprop& op) override { softmax_bprop(s, op); }
  void run(const Stream& s, const ObjectiveSeed& op) override { objective_seed(s, op); }
  void run(const Stream& s, const CaricatureSeed& op) override { caricature_seed(s, op); }
  void run(const Stream& s, const Gram& op) override { gram(s, op); }
  void run(const Stream& s, const GramSeed& op) override { gram_seed(s, op); }
  void run(const Stream& s, const GramAdjoint& op) override { gram_adjoint(s, op); }
  void run(const Stream& s, const ImagePenalty& op) override { image_penalty(s, op); }
  void run(const Stream& s, const InitialiseParameters& op) override { initialise_parameters(s, op); }
  void run(const Stream& s, const SpectrumScale& op) override { spectrum_scale(s, op); }
  void run(const Stream& s, const ColourSquash& op) override { colour_squash(s, op); }
  void run(const Stream& s, const ColourSquashAdjoint& op) override { colour_squash_adjoint(s, op); }
  void run(const Stream& s, const FixPixels& op) override { fix_pixels(s, op); }
  void run(const Stream& s, const FixPixelsAdjoint& op) override { fix_pixels_adjoint(s, op); }
  void run(const Stream& s, const Backdrop& op) override { backdrop(s, op); }
  void run(const Stream& s, const BackdropAdjoint& op) override { backdrop_adjoint(s, op); }
  void run(const Stream& s, const PyramidSum& op) override { pyramid_sum(s, op); }
  void run(const Stream& s, const PyramidSumAdjoint& op) override { pyramid_sum_adjoint(s, op); }
  void run(const Stream& s, const SharedLevels& op) override { shared_levels(s, op); }
  void run(const Stream& s, const SharedLevelsAdjoint& op) override { shared_levels_adjoint(s, op); }
  void run(const Stream& s, const StridedCopy& op) override { strided_copy(s, op); }
  void run(const Stream& s, const Standardise& op) override { standardise(s, op); }
  void run(const Stream& s, const StandardiseAdjoint& op) override { standardise_adjoint(s, op); }
  void run(const Stream& s, const PhaseSpectrum& op) override { phase_spectrum(s, op); }
  void run(const Stream& s, const PhaseSpectrumAdjoint& op) override { phase_spectrum_adjoint(s, op); }
  void run(const Stream& s, const CppnFprop& op) override { cppn_fprop(s, op); }
  void run(const Stream& s, const CppnBprop& op) override { cppn_bprop(s, op); }
  void run(const Stream& s, const DrawAugmentation& op) override { draw_augmentation(s, op); }
  void run(const Stream& s, const Warp& op) override { warp(s, op); }
  void run(const Stream& s, const WarpAdjoint& op) override { warp_adjoint(s, op); }
  void run(const Stream& s, const ViewWarp& op) override { view_warp(s, op); }
  void run(const Stream& s, const ViewWarpAdjoint& op) override { view_warp_adjoint(s, op); }
  void run(const Stream& s, const Resample& op) override { resample(s, op); }
  void run(const Stream& s, const ResampleAdjoint& op) override { resample_adjoint(s, op); }
  void run(const Stream& s, const NearestTurn& op) override { nearest_turn(s, op); }
  void run(const Stream& s, const NearestTurnAdjoint& op) override { nearest_turn_adjoint(s, op); }
  void run(const Stream& s, const GaussianBlur& op) override { gaussian_blur(s, op); }
  void run(const Stream& s, const GradientNorm& op) override { gradient_norm(s, op); }
  void run(const Stream& s, const ParameterUpdate& op) override { parameter_update(s, op); }
  void run(const Stream& s, const AdvanceSlots& op) override { advance_slots(s, op); }
  void run(const Stream& s, const PackPicture& op) override { pack_picture(s, op); }
  void run(const Stream& s, const UnpackPicture& op) override { unpack_picture(s, op); }
};

}  // namespace

std::unique_ptr<Backend> make_backend() {
  return std::make_unique<CpuBackend>();
}

}  // namespace limpid::cpu
