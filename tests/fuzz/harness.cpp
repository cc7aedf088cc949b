#include "tests/fuzz/harness.h"

#include <fcntl.h>
#include <sanitizer/allocator_interface.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <string>

#include "kernels/core/error.h"

namespace limpid::fuzz {
namespace {

/// What may be taken for each byte of the file: values take up to four times as many in memory, are copied on the
/// way, and have names.
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
  Budget(std::size_t size, std::size_t fixed_bytes) {
    static const int installed = __sanitizer_install_malloc_and_free_hooks(count_allocation, count_release);
    if (installed == 0) fail("allocations cannot be counted");
    live_limit =
        live_bytes + static_cast<std::int64_t>(fixed_bytes) + kMultiple * static_cast<std::int64_t>(size);
  }
  Budget(const Budget&) = delete;
  Budget& operator=(const Budget&) = delete;
  ~Budget() { live_limit = -1; }
};

/// One file in memory for all inputs, with a name of its own: HDF5 follows links, so /proc/self/fd would not
/// do.
class InputFile {
 public:
  InputFile() : path_("/dev/shm/limpid-fuzz-" + std::to_string(::getpid())) {
    descriptor_ = ::open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    if (descriptor_ < 0) fail("no file in memory");
  }
  InputFile(const InputFile&) = delete;
  InputFile& operator=(const InputFile&) = delete;
  ~InputFile() { ::unlink(path_.c_str()); }

  void hold(const std::uint8_t* data, std::size_t size) const {
    if (::ftruncate(descriptor_, 0) != 0 ||
        ::pwrite(descriptor_, data, size, 0) != static_cast<ssize_t>(size)) {
      fail("the file in memory cannot be written");
    }
  }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  int descriptor_ = -1;
};

}  // namespace

void read_bytes(std::size_t size, const std::function<void()>& read, std::size_t fixed_bytes) {
  const Budget budget(size, fixed_bytes);
  try {
    read();
  } catch (const Error& error) {
    if (error.exit_code() != 2) fail(error.what());
  }
}

void read_file(const std::uint8_t* data, std::size_t size,
               const std::function<void(const std::filesystem::path&)>& read, std::size_t fixed_bytes) {
  static const InputFile file;
  file.hold(data, size);
  read_bytes(
      size, [&] { read(file.path()); }, fixed_bytes);
}

}  // namespace limpid::fuzz
