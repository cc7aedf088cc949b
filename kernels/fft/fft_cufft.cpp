// The GPU's 2-D transforms, on cuFFT. The only file that includes it.

#include "kernels/fft/fft.h"

#include <cufft.h>

#include <cstddef>
#include <memory>

#include "kernels/core/error.h"
#include "kernels/fft/half_spectrum.h"

namespace limpid::cuda {
namespace {

const char* describe(cufftResult status) {
  switch (status) {
    case CUFFT_ALLOC_FAILED:
      return "out of device memory";
    case CUFFT_SETUP_FAILED:
      return "cuFFT could not start";
    case CUFFT_INVALID_SIZE:
      return "cuFFT does not support this size";
    case CUFFT_INTERNAL_ERROR:
      return "no usable GPU driver, or an internal error of cuFFT";
    case CUFFT_EXEC_FAILED:
      return "the transform failed on the GPU";
    default:
      return "cuFFT failed";
  }
}

void check(cufftResult status, const char* what, const FftShape& shape) {
  if (status != CUFFT_SUCCESS) {
    fail_runtime("FFT {} of {} planes of {} x {}: {} (status {})", what, shape.planes, shape.h, shape.w,
                 describe(status), static_cast<int>(status));
  }
}

/// A cufftHandle that is destroyed with its owner.
class Transform {
 public:
  Transform(const FftShape& shape, cufftType type) : shape_(shape) {
    check(cufftCreate(&handle_), "plan", shape_);
    int extents[] = {shape.h, shape.w};
    // Without embedding, cuFFT takes both sides as densely packed, the half spectrum h x (w / 2 + 1).
    std::size_t work_bytes = 0;  // cuFFT's own. (cufftPlanMany would begin with a handle of its own.)
    const cufftResult status =
        cufftMakePlanMany(handle_, 2, extents, nullptr, 1, 0, nullptr, 1, 0, type, shape.planes, &work_bytes);
    if (status != CUFFT_SUCCESS) {
      cufftDestroy(handle_);
      check(status, "plan", shape_);
    }
  }
  ~Transform() { cufftDestroy(handle_); }
  Transform(const Transform&) = delete;
  Transform& operator=(const Transform&) = delete;

  cufftHandle on(const Stream& stream) const {
    check(cufftSetStream(handle_, static_cast<cudaStream_t>(stream.cuda)), "stream", shape_);
    return handle_;
  }

 private:
  FftShape shape_;
  cufftHandle handle_{};
};

class CufftPlan final : public FftPlan {
 public:
  explicit CufftPlan(const FftShape& shape)
      : shape_(shape), inverse_(shape, CUFFT_C2R), forward_(shape, CUFFT_R2C) {}

  void inverse(const Stream& stream, float* spectrum, float* signal) override {
    project_to_hermitian(stream, shape_, spectrum);
    check(cufftExecC2R(inverse_.on(stream), reinterpret_cast<cufftComplex*>(spectrum), signal), "inverse",
          shape_);
  }

  void inverse_adjoint(const Stream& stream, const float* dsignal, float* dspectrum) override {
    // Out of place, R2C leaves its input alone; its type does not say so.
    check(cufftExecR2C(forward_.on(stream), const_cast<float*>(dsignal),
                       reinterpret_cast<cufftComplex*>(dspectrum)),
          "adjoint", shape_);
    weigh_half_spectrum(stream, shape_, dspectrum);
  }

  std::string algorithm() const override { return "cuFFT"; }

 private:
  FftShape shape_;
  Transform inverse_, forward_;
};

}  // namespace

std::unique_ptr<FftPlan> make_fft_plan(const FftShape& shape) {
  validate(shape);
  return std::make_unique<CufftPlan>(shape);
}

}  // namespace limpid::cuda
