#include "kernels/core/streams.h"

#include <fcntl.h>
#include <stdio_ext.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <system_error>

#include "kernels/core/error.h"

namespace limpid {
namespace {

/// Why the first write to standard output that failed did.
std::atomic<int> output_error = 0;

}  // namespace

void open_closed_streams() {
  for (int descriptor = 0; descriptor <= STDERR_FILENO; ++descriptor) {
    if (::fcntl(descriptor, F_GETFD) >= 0 || errno != EBADF) continue;
    // The lowest free number is this one. Open the wrong way round, so that nothing is silently lost.
    if (::open("/dev/null", descriptor == STDIN_FILENO ? O_WRONLY : O_RDONLY) != descriptor) std::abort();
  }
}

void say(std::FILE* out, std::string_view text) noexcept {
  if (std::fflush(out) != 0 || std::ferror(out) != 0) return;
  std::fwrite(text.data(), 1, text.size(), out);
  if (std::fflush(out) == 0) return;
  ::__fpurge(out);
  std::clearerr(out);
}

void write_output(std::string_view text) noexcept {
  if (output_error != 0) return;
  if (std::fwrite(text.data(), 1, text.size(), stdout) != text.size()) output_error = errno;
}

void write_event(std::FILE* out, std::string_view text) noexcept {
  if (out == stdout) {
    write_output(text);
    if (output_error == 0 && std::fflush(out) != 0) output_error = errno;
  } else {
    say(out, text);
  }
}

void flush_output() {
  if (output_error == 0 && std::fflush(stdout) != 0) output_error = errno;
  if (output_error == 0 && std::ferror(stdout) == 0) return;
  if (output_error == EPIPE) {
    std::signal(SIGPIPE, SIG_DFL);
    ::raise(SIGPIPE);
  }
  fail_runtime("cannot write standard output: {}", std::generic_category().message(output_error));
}

}  // namespace limpid
