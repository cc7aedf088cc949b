// What signals do: nothing half-written stays, and long work ends in good order.
#pragma once

#include <atomic>
#include <string_view>

namespace limpid {

/// Called once, first of all. SIGINT, SIGTERM and SIGHUP, where they are not ignored, remove what is not
/// complete before they end the process. A closed pipe (SIGPIPE) and a file that may not grow (SIGXFSZ) are
/// errors of the write.
void set_signal_handlers();

/// While one exists, the first SIGINT, SIGTERM or SIGHUP asks for an orderly stop and says so on standard
/// error; the second ends the process at once. At most one exists at a time.
class StopSignals {
 public:
  /// `answer`, of static storage, is said: what happens now.
  explicit StopSignals(std::string_view answer);
  StopSignals(const StopSignals&) = delete;
  StopSignals& operator=(const StopSignals&) = delete;
  ~StopSignals();  ///< Signals end the process again.

  const std::atomic<bool>& requested() const;

  /// Exit code of a command that was stopped, as shells count it: 128 + the signal, 130 for Ctrl-C.
  int exit_code() const;
};

}  // namespace limpid
