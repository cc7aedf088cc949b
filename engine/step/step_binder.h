// Memory for plans of steps, and their operations on it.
#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "engine/network/dependencies.h"
#include "engine/network/liveness.h"
#include "engine/step/step_plan.h"
#include "kernels/backend.h"

namespace limpid {

/// Where the buffers of a plan lie: kept ones in one memory, the others in one that they share with each
/// other and with the network, whose arena is the beginning of it.
struct StepLayout {
  std::vector<std::size_t> offsets;  ///< Of every buffer in its memory.
  std::size_t kept_bytes = 0, scratch_bytes = 0;
};

/// Parallel: operations that do not need each other get scratch memory of their own, so that they may run
/// side by side.
StepLayout lay_out(const StepPlan& plan, Concurrency concurrency, std::size_t network_bytes);

/// How memory is best planned for a backend.
Concurrency concurrency_of(const Backend& backend);

/// Values of a plain type that lie in a buffer.
template <class T>
class StepArray {
 public:
  StepArray() = default;
  StepArray(Backend& backend, T* data) : backend_(&backend), data_(data) {}

  T* data() const { return data_; }

  void upload(const Stream& stream, std::size_t first, std::span<const T> values) const {
    backend_->upload(stream, data_ + first, values.data(), values.size_bytes());
  }
  void upload(const Stream& stream, std::size_t at, const T& value) const {
    upload(stream, at, std::span<const T>(&value, 1));
  }
  void download(const Stream& stream, std::size_t first, std::span<T> values) const {
    backend_->download(stream, values.data(), data_ + first, values.size_bytes());
  }

 private:
  Backend* backend_ = nullptr;
  T* data_ = nullptr;
};

/// An operation as it will run.
struct BoundStepOp {
  std::string name;
  StepRun run;
  std::vector<MemoryUse> uses;
};

/// Plans whose steps never run at the same time, with memory. Kept buffers, tables and transforms are the
/// same in all plans, number by number in their order; scratch memory is as large as the largest plan's.
class StepBinder {
 public:
  /// A plan, and how large the arena of its network is; 0 for none.
  struct Planned {
    const StepPlan* plan;
    std::size_t network_bytes = 0;
  };

  /// Allocates, and fills the tables. The plans must outlive it.
  StepBinder(Backend& backend, const Stream& stream, const std::vector<Planned>& plans);

  /// Where the arena of every plan's network is to be.
  void* network_arena() const { return scratch_->data(); }

  /// Operations of a plan, before the network's and after. Operations of `network`, which may be null where
  /// no operation touches it, are told apart from them by numbers of their own.
  std::vector<BoundStepOp> bind_before(std::size_t plan, NetworkExecutor* network) const;
  /// The first `count` of those before the network of a plan, none of which may touch it.
  std::vector<BoundStepOp> bind_before(std::size_t plan, std::size_t count) const;
  std::vector<BoundStepOp> bind_after(std::size_t plan, NetworkExecutor* network) const;

  /// A kept buffer of the first plan; without data for kNoBuffer.
  template <class T>
  StepArray<T> kept(int buffer) const {
    return buffer == kNoBuffer ? StepArray<T>() : StepArray<T>(backend_, static_cast<T*>(find(0, buffer)));
  }

  /// Where a buffer of the first plan lies, which is its own only while its operations run.
  void* find(int buffer) const { return find(0, buffer); }

  std::size_t kept_bytes() const { return kept_->bytes(); }
  std::size_t scratch_bytes() const { return scratch_->bytes(); }

 private:
  void* find(std::size_t plan, int buffer) const;
  std::vector<BoundStepOp> bind(std::size_t plan, std::span<const StepOp> ops,
                                NetworkExecutor* network) const;
  MemoryUse memory_use(std::size_t plan, const StepUse& use) const;

  Backend& backend_;
  std::vector<const StepPlan*> plans_;
  std::vector<StepLayout> layouts_;
  std::unique_ptr<DeviceMemory> kept_, scratch_;
  std::vector<std::unique_ptr<FftPlan>> transforms_;
};

}  // namespace limpid
