#include "tools/grid/stop_signals.h"

#include <unistd.h>

#include <array>
#include <csignal>
#include <cstddef>
#include <string_view>

namespace limpid {
namespace {

constexpr std::array<int, 2> kSignals = {SIGINT, SIGTERM};

std::atomic<bool> stop_requested = false;
static_assert(std::atomic<bool>::is_always_lock_free, "a signal handler may touch it");

std::array<struct sigaction, kSignals.size()> former;

extern "C" void request_stop(int) {
  if (stop_requested.exchange(true)) ::_exit(kInterrupted);
  constexpr std::string_view text = "\nfinishing the tiles in flight; once more to stop at once\n";
  // Nothing can be done where standard error takes no text.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text.data(), text.size());
}

}  // namespace

StopSignals::StopSignals() {
  stop_requested = false;
  struct sigaction action {};
  action.sa_handler = request_stop;
  action.sa_flags = SA_RESTART;
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &action, &former[i]);
}

StopSignals::~StopSignals() {
  for (std::size_t i = 0; i < kSignals.size(); ++i) ::sigaction(kSignals[i], &former[i], nullptr);
}

const std::atomic<bool>& StopSignals::requested() const {
  return stop_requested;
}

}  // namespace limpid
