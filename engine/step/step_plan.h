// A step before it has memory: buffers, and operations that say which of them they read and write.
//
// Everything else follows from these: what must wait for what, where each buffer lies, what a step costs,
// and the tasks that run. An operation comes to memory only through the buffers it declares (StepOperands),
// so what it declares is what it does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "kernels/backend.h"
#include "kernels/core/tensor.h"
#include "kernels/fft/fft.h"

namespace limpid {

class NetworkExecutor;
class StepOperands;

/// No buffer.
inline constexpr int kNoBuffer = -1;

enum class StepMemory {
  kept,       ///< From step to step: parameters, tables, what the host reads or writes between steps.
  scratch,    ///< Within a step, and shares its bytes with others whose lifetimes do not meet it.
  network,    ///< The network's own; see `network`.
  transform,  ///< The plan of an FFT.
};

struct StepBuffer {
  std::string name;
  StepMemory memory = StepMemory::scratch;
  std::size_t bytes = 0;
  std::string shape;  ///< For people; empty for what is small.
  int network = 0;    ///< One of NetworkMemory.
  FftShape transform = {};
  std::function<std::vector<float>()> table = {};  ///< Of a kept buffer that nothing writes: what it holds.
};

/// Planes of fp32 in a buffer, n x c x h x w.
struct StepPlanes {
  int buffer = kNoBuffer;
  int n = 0, c = 0, h = 0, w = 0;

  std::int64_t elements() const { return std::int64_t{n} * c * h * w; }
};

/// What an operation does with a buffer.
struct StepUse {
  int buffer = kNoBuffer;
  bool read = false, write = false;  ///< Both where it adds to what is there, or changes it in place.
  double bytes = -1;                 ///< That are touched; -1 for all of the buffer.
  bool consumed = false;             ///< Written, but left with nothing that anybody reads.
  bool workspace = false;            ///< Of this operation alone, which reads what it has written there.
};

inline StepUse reads(int buffer, double bytes = -1) {
  return {buffer, true, false, bytes};
}
inline StepUse writes(int buffer, double bytes = -1) {
  return {buffer, false, true, bytes};
}
inline StepUse updates(int buffer, double bytes = -1) {
  return {buffer, true, true, bytes};
}
inline StepUse consumes(int buffer) {
  return {buffer, true, true, -1, true};
}
inline StepUse works_in(int buffer) {
  return {buffer, false, true, -1, false, true};
}
inline StepUse reads(const StepPlanes& planes) {
  return reads(planes.buffer, 4.0 * static_cast<double>(planes.elements()));
}
inline StepUse writes(const StepPlanes& planes) {
  return writes(planes.buffer, 4.0 * static_cast<double>(planes.elements()));
}
inline StepUse updates(const StepPlanes& planes) {
  return updates(planes.buffer, 4.0 * static_cast<double>(planes.elements()));
}

using StepRun = std::function<void(const Stream&)>;

struct StepOp {
  std::string name;
  double flops = 0;  ///< As OperationCost has them.
  std::vector<StepUse> uses;
  std::function<StepRun(const StepOperands&)> bind;
};

/// A list of operations, in an order they may run in one by one, with what they use.
struct StepPlan {
  std::vector<StepBuffer> buffers;
  std::vector<StepOp> before;  ///< The network.
  std::vector<StepOp> after;   ///< It has the gradient of its input.

  const StepBuffer& buffer(int index) const { return buffers[static_cast<std::size_t>(index)]; }
};

/// Adds to a plan.
class StepBuilder {
 public:
  explicit StepBuilder(StepPlan& plan) : plan_(plan), ops_(&plan.before) {}

  int kept(std::string name, std::size_t bytes, std::string shape = {}) {
    return add_buffer({std::move(name), StepMemory::kept, bytes, std::move(shape)});
  }
  /// A kept buffer that holds these values from the start.
  int table(std::string name, std::size_t values, std::function<std::vector<float>()> make) {
    return add_buffer(
        {std::move(name), StepMemory::kept, values * sizeof(float), {}, 0, {}, std::move(make)});
  }
  int scratch(std::string name, std::size_t bytes, std::string shape = {}) {
    return add_buffer({std::move(name), StepMemory::scratch, bytes, std::move(shape)});
  }
  /// `bytes` as they are moved, for the network has the memory.
  int network(std::string name, int memory, std::size_t bytes) {
    return add_buffer({std::move(name), StepMemory::network, bytes, {}, memory});
  }
  int transform(const FftShape& shape) {
    return add_buffer({"transform", StepMemory::transform, 0, {}, 0, shape});
  }
  StepPlanes kept_planes(std::string name, int n, int c, int h, int w);
  StepPlanes scratch_planes(std::string name, int n, int c, int h, int w);

  /// Goes before the names of operations and of buffers, from here on.
  void prefix(std::string prefix) { prefix_ = std::move(prefix); }

  /// From here on operations come after the network.
  void after_network() { ops_ = &plan_.after; }

  /// Operations in the part of the step that is being built.
  std::size_t size() const { return ops_->size(); }

  /// `make` gives an operation of the backend's from its operands.
  template <class Make>
  void add(std::string name, std::vector<StepUse> uses, Make make, double flops = 0);

  void inverse_transform(std::string name, int transform, int spectrum, const StepPlanes& signal);
  void inverse_transform_adjoint(std::string name, int transform, const StepPlanes& dsignal, int dspectrum);

 private:
  void add_op(StepOp op) {
    op.name = prefix_ + op.name;
    ops_->push_back(std::move(op));
  }
  /// A second one of a name becomes "NAME 2".
  int add_buffer(StepBuffer buffer);

  StepPlan& plan_;
  std::vector<StepOp>* ops_;
  std::string prefix_;
};

/// Memory of the buffers that one operation declares. Asking for another one, or writing what it only
/// reads, is a mistake in the operation's own lines, and throws std::logic_error.
class StepOperands {
 public:
  using Find = std::function<void*(int buffer)>;

  StepOperands(Backend& backend, const StepOp& op, NetworkExecutor* network, Find find)
      : backend_(backend), op_(op), network_(network), find_(std::move(find)) {}

  Backend& backend() const { return backend_; }

  template <class T>
  const T* read(int buffer) const {
    return static_cast<const T*>(find(buffer, Way::read));
  }
  template <class T>
  T* write(int buffer) const {
    return static_cast<T*>(find(buffer, Way::write));
  }
  Planar<const float> read(const StepPlanes& planes) const {
    return {read<float>(planes.buffer), planes.n, planes.c, planes.h, planes.w};
  }
  Planar<float> write(const StepPlanes& planes) const {
    return {write<float>(planes.buffer), planes.n, planes.c, planes.h, planes.w};
  }
  FftPlan& transform(int buffer) const { return *static_cast<FftPlan*>(find(buffer, Way::write)); }

  /// For the memory of the network that the operation declares as `buffer`.
  NetworkExecutor& network(int buffer) const;

  /// Throws std::logic_error where the operation declares a buffer that it never asked for.
  void check_all_used() const;

 private:
  enum class Way { read, write, any };
  void* find(int buffer, Way way) const;

  Backend& backend_;
  const StepOp& op_;
  NetworkExecutor* network_;
  Find find_;
  mutable std::vector<int> asked_;
};

template <class Make>
void StepBuilder::add(std::string name, std::vector<StepUse> uses, Make make, double flops) {
  const auto bind = [make](const StepOperands& memory) -> StepRun {
    return memory.backend().prepare(make(memory));
  };
  add_op({std::move(name), flops, std::move(uses), bind});
}

}  // namespace limpid
