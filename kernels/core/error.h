// The one exception type of the library, and how it maps to an exit code.
#pragma once

#include <fmt/core.h>

#include <stdexcept>
#include <string>
#include <utility>

namespace limpid {

/// Why an operation failed; decides the exit code of the command line.
enum class ErrorKind {
  usage,    ///< An argument no program could honour (exit code 2).
  input,    ///< A file or value from outside that is wrong (exit code 2).
  runtime,  ///< The machine failed us: memory, disk, device (exit code 1).
};

/// Thrown by every function of the library. `what()` is one line that says what was wrong, where
/// (file, layer, shape, step) and, where that helps, what to do.
class Error : public std::runtime_error {
 public:
  Error(ErrorKind kind, const std::string& message) : std::runtime_error(message), kind_(kind) {}

  ErrorKind kind() const noexcept { return kind_; }
  int exit_code() const noexcept { return kind_ == ErrorKind::runtime ? 1 : 2; }

 private:
  ErrorKind kind_;
};

/// Memory of a device is short: asking for less may do.
class OutOfMemory : public Error {
 public:
  explicit OutOfMemory(const std::string& message) : Error(ErrorKind::runtime, message) {}
};

template <class... Args>
[[noreturn]] void fail_usage(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(ErrorKind::usage, fmt::format(format, std::forward<Args>(args)...));
}

template <class... Args>
[[noreturn]] void fail_input(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(ErrorKind::input, fmt::format(format, std::forward<Args>(args)...));
}

template <class... Args>
[[noreturn]] void fail_runtime(fmt::format_string<Args...> format, Args&&... args) {
  throw Error(ErrorKind::runtime, fmt::format(format, std::forward<Args>(args)...));
}

}  // namespace limpid
