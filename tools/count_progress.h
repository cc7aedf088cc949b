// Progress of work that consists of many like things.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>

#include "tools/progress.h"

namespace limpid {

/// Shows "12 of 72 stimuli" on standard error: as a line that is redrawn on a terminal; elsewhere a line at every tenth, at
/// least ten seconds after the last.
class CountProgress {
 public:
  CountProgress(bool quiet, std::string things);
  CountProgress(const CountProgress&) = delete;
  CountProgress& operator=(const CountProgress&) = delete;
  ~CountProgress();  ///< Leaves a redrawn line.

  void report(std::size_t done, std::size_t all);

  /// The same as a function, which this must outlive.
  std::function<void(std::size_t, std::size_t)> function();

 private:
  using Clock = std::chrono::steady_clock;

  ProgressStyle style_;
  std::string things_;
  Clock::time_point last_ = Clock::now();
  std::size_t tenths_ = 0;
  bool drawn_ = false;
};

}  // namespace limpid
