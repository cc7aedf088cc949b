// Timing that knows what else the machine was doing.
#pragma once

#include <functional>
#include <nlohmann/json_fwd.hpp>
#include <vector>

namespace limpid::bench {

/// Cores that other processes keep busy, since the object was made: 0.06 is six hundredths of one core. Linux
/// only.
class OtherLoad {
 public:
  OtherLoad();
  double cores() const;

 private:
  double start_, machine_, own_;
};

/// Samples in milliseconds, taken for about the given number of seconds.
using Sampler = std::function<std::vector<double>(double seconds)>;

/// Samples until other processes took less than six hundredths of a core meanwhile, four times at most, and
/// describes the quietest try: median_ms, min_ms, samples, other_load, tries.
nlohmann::json measure(const Sampler& sample, double seconds);

/// A sampler that times run() over and over, at least five times, after two runs to warm up.
Sampler sampler_of(const std::function<void()>& run);

}  // namespace limpid::bench
