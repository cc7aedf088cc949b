#include "tools/signals.h"

#include <unistd.h>

#include <array>
#include <cerrno>
#include <csignal>

#include "kernels/core/temporary.h"

namespace limpid {
namespace {

constexpr std::array<int, 3> kSignals = {SIGINT, SIGTERM, SIGHUP};

std::atomic<bool> stop_requested = false;
std::atomic<int> stop_signal = 0;
static_assert(std::atomic<bool>::is_always_lock_free && std::atomic<int>::is_always_lock_free,
              "a signal handler may touch them");

/// Set while no handler of `StopSignals` is.
std::string_view stop_answer;

/// Ends the process as the signal would have.
extern "C" void end_at_once(int number) {
  remove_temporaries();
  std::signal(number, SIG_DFL);
  sigset_t set;
  ::sigemptyset(&set);
  ::sigaddset(&set, number);
  ::pthread_sigmask(SIG_UNBLOCK, &set, nullptr);
  ::raise(number);
}

extern "C" void request_stop(int number) {
  const int error = errno;
  if (stop_requested.exchange(true)) end_at_once(number);
  stop_signal = number;
  // Nothing can be done where standard error takes no text.
  [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, stop_answer.data(), stop_answer.size());
  errno = error;
}

/// Signals that are ignored, as nohup has it, stay so.
void set_handlers(void (*handler)(int)) {
  for (const int number : kSignals) {
    struct sigaction action {};
    ::sigaction(number, nullptr, &action);
    if (action.sa_handler == SIG_IGN) continue;
    action = {};
    action.sa_handler = handler;
    action.sa_flags = SA_RESTART;
    ::sigaction(number, &action, nullptr);
  }
}

}  // namespace

void set_signal_handlers() {
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  set_handlers(end_at_once);
}

StopSignals::StopSignals(std::string_view answer) {
  stop_requested = false;
  stop_answer = answer;
  set_handlers(request_stop);
}

StopSignals::~StopSignals() {
  set_handlers(end_at_once);
}

const std::atomic<bool>& StopSignals::requested() const {
  return stop_requested;
}

int StopSignals::exit_code() const {
  return 128 + stop_signal;
}

}  // namespace limpid
