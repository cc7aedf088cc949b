#include "engine/c/call.h"

#include <cstdlib>
#include <cstring>

#include "engine/version.h"

namespace limpid::c {
namespace {

/// Lines beyond it are cut: a failure must not need memory.
constexpr std::size_t kLongest = 1024;
thread_local char last_error[kLongest];

limpid_status status_of(const Error& error) {
  switch (error.kind()) {
    case ErrorKind::usage:
      return LIMPID_USAGE;
    case ErrorKind::input:
      return LIMPID_INPUT;
    case ErrorKind::runtime:
      break;
  }
  return dynamic_cast<const OutOfMemory*>(&error) != nullptr ? LIMPID_NO_MEMORY : LIMPID_RUNTIME;
}

}  // namespace

limpid_status failed(limpid_status status, const char* message) noexcept {
  std::strncpy(last_error, message, kLongest - 1);
  return status;
}

limpid_status status_of_exception() noexcept {
  try {
    throw;
  } catch (const Error& error) {
    return failed(status_of(error), error.what());
  } catch (const std::bad_alloc&) {
    return failed(LIMPID_NO_MEMORY, "memory is short");
  } catch (const std::exception& error) {
    return failed(LIMPID_RUNTIME, error.what());
  } catch (...) {
    return failed(LIMPID_RUNTIME, "an unknown failure");
  }
}

char* given_out(const std::string& text) {
  auto* copy = static_cast<char*>(std::malloc(text.size() + 1));
  if (copy == nullptr) throw std::bad_alloc();
  std::memcpy(copy, text.c_str(), text.size() + 1);
  return copy;
}

void* given_out(std::span<const std::byte> bytes) {
  void* copy = std::malloc(bytes.size());
  if (copy == nullptr) throw std::bad_alloc();
  std::memcpy(copy, bytes.data(), bytes.size());
  return copy;
}

}  // namespace limpid::c

const char* limpid_version(void) {
  try {
    static const std::string text = limpid::version();
    return text.c_str();
  } catch (...) {
    return "unknown: memory is short";
  }
}

const char* limpid_status_text(limpid_status status) {
  switch (status) {
    case LIMPID_OK:
      return "done";
    case LIMPID_USAGE:
      return "an argument that cannot be honoured";
    case LIMPID_INPUT:
      return "a file or options that are wrong";
    case LIMPID_RUNTIME:
      return "the machine failed";
    case LIMPID_NO_MEMORY:
      return "memory is short";
    case LIMPID_CANCELLED:
      return "ended before its time";
    default:
      return "no status of limpid's";
  }
}

const char* limpid_last_error(void) {
  return limpid::c::last_error;
}

void limpid_text_release(char* text) {
  std::free(text);
}

void limpid_bytes_release(void* bytes) {
  std::free(bytes);
}
