#include "tests/fuzz/harness.h"

#include <sanitizer/allocator_interface.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "kernels/core/error.h"

namespace limpid::fuzz {
namespace {

/// What may be taken whatever the file: libraries' buffers, and the fields of a protobuf message up to their
/// number.
constexpr std::int64_t kFixedBytes = 24 << 20;

/// What may be taken for each byte of the file. A picture's pixels take twelve bytes as floats and three as
/// they are decoded, and compression stands for a few of them.
constexpr std::int64_t kMultiple = 64;

/// Bytes that are allocated, as the sanitizer counts them.
std::int64_t live_bytes = 0;
std::int64_t live_limit = -1;

[[noreturn]] void fail(const char* reason) {
  std::fprintf(stderr, "limpid: %s\n", reason);
  std::abort();
}

void count_allocation(const volatile void* /*block*/, std::size_t size) {
  live_bytes += static_cast<std::int64_t>(size);
  if (live_limit >= 0 && live_bytes > live_limit) {
    live_limit = -1;
    fail("more memory than a small multiple of the file's size");
  }
}

void count_release(const volatile void* block) {
  if (block != nullptr) live_bytes -= static_cast<std::int64_t>(__sanitizer_get_allocated_size(block));
}

/// Limits the memory that is taken while it lives.
class Budget {
 public:
  explicit Budget(std::size_t size) {
    static const int installed = __sanitizer_install_malloc_and_free_hooks(count_allocation, count_release);
    if (installed == 0) fail("allocations cannot be counted");
    live_limit = live_bytes + kFixedBytes + kMultiple * static_cast<std::int64_t>(size);
  }
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;
  ~Budget() { live_limit = -1; }
};

/// A file in memory, the same for all inputs.
int input_descriptor() {
  static const int descriptor = ::memfd_create("input", 0);
  if (descriptor < 0) fail("no file in memory");
  return descriptor;
}

}  // namespace

void read_bytes(std::size_t size, const std::function<void()>& read) {
  const Budget budget(size);
  try {
    read();
  } catch (const Error& error) {
    if (error.exit_code() != 2) fail(error.what());
  }
}

void read_file(const std::uint8_t* data, std::size_t size,
               const std::function<void(const std::filesystem::path&)>& read) {
  const int descriptor = input_descriptor();
  if (::ftruncate(descriptor, 0) != 0 || ::pwrite(descriptor, data, size, 0) != static_cast<ssize_t>(size)) {
    fail("the file in memory cannot be written");
  }
  const std::filesystem::path path = "/proc/self/fd/" + std::to_string(descriptor);
  read_bytes(size, [&] { read(path); });
}

}  // namespace limpid::fuzz
