// What a device offers the engine: memory, plans, and the operations of kernels/op_list.h.
//
// The CPU backend is always there and is the oracle for every other one in the same process.
#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "kernels/conv/conv.h"
#include "kernels/conv/tuning.h"
#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"
#include "kernels/fft/fft.h"
#include "kernels/op_list.h"
#include "kernels/ops/op_contract.h"

namespace limpid {

#define LIMPID_DECLARE(Op, function) struct Op;
LIMPID_OPERATIONS(LIMPID_DECLARE)
#undef LIMPID_DECLARE

/// What an operation is called in messages.
template <class Op>
inline constexpr const char* kOpName = nullptr;
#define LIMPID_NAME(Op, function) \
  template <>                     \
  inline constexpr const char* kOpName<Op> = #Op;
LIMPID_OPERATIONS(LIMPID_NAME)
#undef LIMPID_NAME

/// Memory of a device, owned. 64-byte aligned, zeroed when made.
class DeviceMemory {
 public:
  virtual ~DeviceMemory() = default;
  virtual void* data() = 0;
  virtual std::size_t bytes() const = 0;
};

/// One operation of a program, and the earlier ones (by number) whose results it needs or whose operands it
/// overwrites.
struct Task {
  std::string name;  ///< For messages and profiles.
  std::function<void(const Stream&)> run;
  std::vector<int> after;
};

/// Tasks recorded once and replayed many times: a CUDA graph on a GPU, where tasks that do not wait for each
/// other run side by side; a plain list on the CPU.
class Program {
 public:
  virtual ~Program() = default;

  /// Starts every task, and on a GPU returns before they are done.
  virtual void run(const Stream& stream) = 0;
};

/// A stream of a device, owned.
class OwnedStream {
 public:
  virtual ~OwnedStream() = default;
  virtual Stream get() const = 0;
};

/// A point in a stream that the host can wait for, so that it does not run ahead without bound, and other streams.
class Fence {
 public:
  virtual ~Fence() = default;
  virtual void mark(const Stream& stream) = 0;
  /// What the stream is given from now on runs after what was marked; the host does not wait.
  virtual void hold_back(const Stream& stream) = 0;
  virtual void wait() = 0;  ///< Returns at once when nothing was marked. Throws what the device met with.
};

/// One device. Operations run on the stream they are given, never allocate and, on a GPU, never wait for the
/// host.
class Backend {
 public:
  virtual ~Backend() = default;

  /// "cpu", or "cuda:0 NVIDIA H200".
  virtual std::string name() const = 0;

  /// Whether operations run while the host goes on; results are then the host's only through `download`.
  virtual bool asynchronous() const = 0;

  /// Whether the network's input is a Tensor of one channel group in the dtype of the activations (three
  /// channels and five of zeros) and its first convolution like any other; otherwise it is planes of fp32 and
  /// the first convolution a StemConvPlan.
  virtual bool groups_input() const = 0;

  /// The number of a GPU among those of the machine; -1 for the CPU.
  virtual int gpu() const { return -1; }

  /// Whether a stream is being captured by somebody: then operations are recorded, nothing can be waited for, and host
  /// memory is out of reach.
  virtual bool is_captured(const Stream&) const { return false; }

  /// Calls `run` with the device the calling thread's current one, which is afterwards the one it was.
  virtual void within(const std::function<void()>& run) { run(); }

  /// Whether the device can run tasks side by side, so that memory is better spent on keeping them apart.
  virtual bool runs_tasks_in_parallel() const = 0;

  /// Whether operations are for fp32 alone.
  virtual bool fp32_only() const = 0;

  /// Bytes of device memory that are free now.
  virtual std::size_t free_bytes() const = 0;

  /// Throws Error{runtime} saying how much was asked for when memory is short.
  virtual std::unique_ptr<DeviceMemory> allocate(std::size_t bytes) = 0;

  /// Copies between host memory and the device's, in the stream's order. Both may wait; `download` returns
  /// with the data there, and throws what the device met with.
  virtual void upload(const Stream& stream, void* device, const void* host, std::size_t bytes) = 0;
  virtual void download(const Stream& stream, void* host, const void* device, std::size_t bytes) = 0;

  virtual std::unique_ptr<OwnedStream> make_stream() = 0;
  virtual std::unique_ptr<Fence> make_fence() = 0;

  /// Records the tasks, which are in an order they could run in one by one. Whatever they use must stay where
  /// it is for the life of the program. A GPU runs them all once as it records, for cuDNN loads its kernels
  /// when they first run; the CPU runs none.
  virtual std::unique_ptr<Program> record(const Stream& stream, std::vector<Task> tasks) = 0;

  /// Seconds that `run` takes, for benchmarks. On a GPU its L2 is emptied first and events take the time; the
  /// CPU's caches stay as they are. Waits.
  virtual double time(const Stream& stream, const std::function<void(const Stream&)>& run) = 0;

  /// Grouped activations in the layout the device is fastest with (nChw8c on the CPU, NHWC on a GPU).
  virtual Tensor lay_out(void* data, DType dtype, int n, int groups, int h, int w) const = 0;

  virtual std::unique_ptr<ConvPlan> make_conv_plan(const Stream&, const ConvRequest&, const ConvFilter&) = 0;
  virtual std::unique_ptr<StemConvPlan> make_stem_plan(const Stream&, const ConvRequest&,
                                                       const ConvFilter&) = 0;
  /// Times every algorithm the device has for a convolution, checks each, and remembers the fastest sound one
  /// for the plans made from then on, here and in other processes. Waits, and needs the device to itself.
  /// Throws Error{usage} on the CPU, which has nothing to choose from.
  virtual ConvTuning tune(const Stream&, const ConvRequest&) = 0;

  virtual std::unique_ptr<FftPlan> make_fft_plan(const FftShape&) = 0;

  /// Checks an operation (see `check` beside its struct) and returns what runs it, as often as wanted: no check
  /// is made again. Throws std::logic_error naming operation, operand and values where the contract does not
  /// hold.
  template <class Op>
  std::function<void(const Stream&)> prepare(const Op& op) {
    verify(op);
    return [this, op](const Stream& stream) { launch(stream, op); };
  }

  /// Checks an operation and runs it once.
  template <class Op>
  void run(const Stream& stream, const Op& op) {
    verify(op);
    launch(stream, op);
  }

 private:
  template <class Op>
  void verify(const Op& op) const {
    check(op, OpContract(kOpName<Op>, fp32_only()));
  }

#define LIMPID_LAUNCH(Op, function) virtual void launch(const Stream&, const Op&) = 0;
  LIMPID_OPERATIONS(LIMPID_LAUNCH)
#undef LIMPID_LAUNCH
};

namespace cpu {
/// The host processor. Plans are made for `Stream::threads()` threads.
std::unique_ptr<Backend> make_backend();
}  // namespace cpu

}  // namespace limpid
