// What a device offers the engine: memory, plans, and one function per operation.
//
// The CPU backend is always there and is the oracle for every other one in the same process.
#pragma once

#include <cstddef>
#include <memory>
#include <string>

#include "kernels/conv/conv.h"
#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"
#include "kernels/fft/fft.h"

namespace limpid {

struct Adam;
struct ColourSquash;
struct ColourSquashAdjoint;
struct DrawAugmentation;
struct GlobalAveragePoolBprop;
struct GlobalAveragePoolFprop;
struct InitialiseParameters;
struct LrnBprop;
struct LrnFprop;
struct MaxPoolBprop;
struct MaxPoolFprop;
struct ObjectiveSeed;
struct RedirectedRelu;
struct ReluMask;
struct SoftmaxBprop;
struct SoftmaxFprop;
struct SpectrumScale;
struct Warp;
struct WarpAdjoint;

/// Memory of a device, owned. 64-byte aligned, zeroed when made.
class DeviceMemory {
 public:
  virtual ~DeviceMemory() = default;
  virtual void* data() = 0;
  virtual std::size_t bytes() const = 0;
};

/// One device. Operations run on the stream they are given, never allocate and, on a GPU, never wait for the
/// host.
class Backend {
 public:
  virtual ~Backend() = default;

  virtual std::string name() const = 0;

  /// Throws Error{runtime} saying how much was asked for when memory is short.
  virtual std::unique_ptr<DeviceMemory> allocate(std::size_t bytes) = 0;

  /// Grouped activations in the layout the device is fastest with (nChw8c on the CPU, NHWC on a GPU).
  virtual Tensor lay_out(void* data, DType dtype, int n, int groups, int h, int w) const = 0;

  virtual std::unique_ptr<ConvPlan> make_conv_plan(const Stream&, const ConvRequest&, const ConvFilter&) = 0;
  virtual std::unique_ptr<StemConvPlan> make_stem_plan(const Stream&, const ConvRequest&,
                                                       const ConvFilter&) = 0;
  virtual std::unique_ptr<FftPlan> make_fft_plan(const FftShape&) = 0;

  virtual void run(const Stream&, const MaxPoolFprop&) = 0;
  virtual void run(const Stream&, const MaxPoolBprop&) = 0;
  virtual void run(const Stream&, const LrnFprop&) = 0;
  virtual void run(const Stream&, const LrnBprop&) = 0;
  virtual void run(const Stream&, const ReluMask&) = 0;
  virtual void run(const Stream&, const RedirectedRelu&) = 0;
  virtual void run(const Stream&, const GlobalAveragePoolFprop&) = 0;
  virtual void run(const Stream&, const GlobalAveragePoolBprop&) = 0;
  virtual void run(const Stream&, const SoftmaxFprop&) = 0;
  virtual void run(const Stream&, const SoftmaxBprop&) = 0;
  virtual void run(const Stream&, const ObjectiveSeed&) = 0;
  virtual void run(const Stream&, const InitialiseParameters&) = 0;
  virtual void run(const Stream&, const SpectrumScale&) = 0;
  virtual void run(const Stream&, const ColourSquash&) = 0;
  virtual void run(const Stream&, const ColourSquashAdjoint&) = 0;
  virtual void run(const Stream&, const DrawAugmentation&) = 0;
  virtual void run(const Stream&, const Warp&) = 0;
  virtual void run(const Stream&, const WarpAdjoint&) = 0;
  virtual void run(const Stream&, const Adam&) = 0;
};

namespace cpu {
/// The host processor. Plans are made for `Stream::threads()` threads.
std::unique_ptr<Backend> make_backend();
}  // namespace cpu

}  // namespace limpid
