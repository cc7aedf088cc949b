// Ctrl-C, answered in two stages.
#pragma once

#include <atomic>

namespace limpid {

/// Exit code of a command that a signal ended, as shells count it for Ctrl-C.
inline constexpr int kInterrupted = 130;

/// While one exists, the first SIGINT or SIGTERM asks for an orderly stop and says so on standard error, and
/// the second ends the process at once with kInterrupted. At most one exists at a time.
class StopSignals {
 public:
  StopSignals();
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();  ///< The former handlers are back.

  const std::atomic<bool>& requested() const;
};

}  // namespace limpid
