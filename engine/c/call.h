// How a C function runs C++: exceptions become statuses, and a line for the thread.
#pragma once

#include <cstddef>
#include <exception>
#include <new>
#include <span>
#include <string>

#include "engine/limpid.h"
#include "kernels/core/error.h"

namespace limpid::c {

/// Keeps the line for limpid_last_error. Where there is no memory for it, it is shortened.
limpid_status failed(limpid_status status, const char* message) noexcept;

/// The status of the exception in flight.
limpid_status status_of_exception() noexcept;

/// LIMPID_OK, or what the call's exception amounts to.
template <class F>
limpid_status guarded(const F& call) noexcept {
  try {
    call();
    return LIMPID_OK;
  } catch (...) {
    return status_of_exception();
  }
}

/// Throws Error{usage} naming a pointer that is null.
inline void require(const void* pointer, const char* name) {
  if (pointer == nullptr) fail_usage("{} is null", name);
}

/// A text of the caller's to release.
char* given_out(const std::string& text);

/// Bytes of the caller's to release.
void* given_out(std::span<const std::byte> bytes);

}  // namespace limpid::c
