// Where a computation runs: a backend and a stream of it.
#pragma once

#include <memory>
#include <string>

#include "engine/network/compute_options.h"

namespace limpid {

class Backend;
class HostThreads;
class OwnedStream;
struct ExecutorOptions;
struct Stream;

/// The device that ComputeOptions name, ready to use by one thread. Throws Error{usage} for a name or a
/// precision that makes no sense, Error{runtime} in one line where a GPU was asked for and driver, device or
/// library is missing.
class Device {
 public:
  explicit Device(const ComputeOptions& options);

  /// The same, whose convolutions take the algorithms that a file of this name keeps; a GPU's only (cuda_library::make_backend).
  Device(const ComputeOptions& options, const std::string& algorithms);

  /// A backend of the caller's, with a stream of its own.
  Device(std::unique_ptr<Backend> backend, Precision precision);
  Device(Device&&) noexcept;
  ~Device();

  Backend& backend() { return *backend_; }

  /// The number of the GPU; -1 for the CPU.
  int gpu() const;
  Stream stream();

  /// Never `automatic`.
  Precision precision() const { return precision_; }

  /// How executors compute on this device.
  ExecutorOptions executor_options() const;

 private:
  std::unique_ptr<Backend> backend_;
  std::unique_ptr<HostThreads> threads_;  ///< On the CPU.
  std::unique_ptr<OwnedStream> stream_;   ///< On a GPU.
  Precision precision_ = Precision::fp32;
};

}  // namespace limpid
