// Seconds of work on a device, and what to say of several samples.
#pragma once

#include <functional>
#include <memory>
#include <vector>

#include "kernels/backend.h"

namespace limpid::bench {

/// Of samples of one thing.
struct Spread {
  double median = 0, least = 0, most = 0;
  int samples = 0;
};

/// Throws Error{usage} for no samples.
Spread spread_of(std::vector<double> samples);

/// Times what is started on a stream, to its end on the device.
class DeviceTimer {
 public:
  DeviceTimer(Backend& backend, const Stream& stream);

  /// Seconds of a call of `start`, the mean of `count` one after another; the end of the last is waited for.
  double seconds(int count, const std::function<void()>& start);

  /// How often `start` must be called to take `least_seconds`, found by doubling; runs it at least twice, so
  /// that it is warm.
  int count_for(double least_seconds, const std::function<void()>& start);

 private:
  Stream stream_;
  std::unique_ptr<Fence> fence_;
};

}  // namespace limpid::bench
