#include "tests/grid/file_faults.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdarg>
#include <cstddef>
#include <string_view>

namespace limpid::testing {
namespace {

std::atomic<Fault> next_fault = Fault::none;
std::atomic<int> fault_at = 0;
std::atomic<int> done = 0;

std::atomic<int> read_error = 0;
std::atomic<int> read_fault_at = 0;
std::atomic<int> reads = 0;

/// Counts a read; true, with errno, when it is the one to fail.
bool read_fails() {
  if (reads++ != read_fault_at || read_error == 0) return false;
  errno = read_error;
  return true;
}

/// Counts the opening of a file of tiles for reading.
bool open_fails(const char* path, int flags) {
  return (flags & O_ACCMODE) == O_RDONLY && std::string_view(path).ends_with(".h5") && read_fails();
}

mode_t mode_of(int flags, va_list list) {
  return (flags & (O_CREAT | O_TMPFILE)) != 0 ? va_arg(list, mode_t) : 0;
}

template <class Function>
Function* system_function(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

ssize_t write_half(ssize_t (*function)(int, const void*, std::size_t, off_t), int file, const void* data,
                   std::size_t bytes, off_t offset) {
  if (!goes_wrong()) return function(file, data, bytes, offset);
  if (bytes > 1) function(file, data, bytes / 2, offset);
  return go_wrong();
}

}  // namespace

void set_read_fault(int error, int operations) {
  read_error = error;
  read_fault_at = operations;
  reads = 0;
}

int reads_done() {
  return reads;
}

void set_fault(Fault fault, int operations) {
  next_fault = fault;
  fault_at = operations;
  done = 0;
}

int operations_done() {
  return done;
}

bool goes_wrong() {
  if (done++ != fault_at) return false;
  switch (next_fault) {
    case Fault::none:
      return false;
    case Fault::hang_up:
      ::kill(::getpid(), SIGHUP);
      return false;
    case Fault::terminate:
      ::kill(::getpid(), SIGTERM);
      return false;
    case Fault::interrupt:
      ::kill(::getpid(), SIGINT);
      return false;
    default:
      return true;
  }
}

int go_wrong() {
  if (next_fault == Fault::death) ::_exit(0);
  if (next_fault == Fault::kill) ::kill(::getpid(), SIGKILL);
  errno = next_fault == Fault::io_error ? EIO : ENOSPC;
  return -1;
}

}  // namespace limpid::testing

// The names the linker finds before those of the C library.
using limpid::testing::go_wrong;
using limpid::testing::goes_wrong;
using limpid::testing::mode_of;
using limpid::testing::open_fails;
using limpid::testing::read_fails;
using limpid::testing::system_function;
using limpid::testing::write_half;

extern "C" {

__attribute__((visibility("default"))) ssize_t pread(int file, void* data, std::size_t bytes, off_t offset) {
  static const auto function = system_function<ssize_t(int, void*, std::size_t, off_t)>("pread");
  return read_fails() ? -1 : function(file, data, bytes, offset);
}

__attribute__((visibility("default"))) ssize_t pread64(int file, void* data, std::size_t bytes,
                                                       off_t offset) {
  static const auto function = system_function<ssize_t(int, void*, std::size_t, off_t)>("pread64");
  return read_fails() ? -1 : function(file, data, bytes, offset);
}

__attribute__((visibility("default"))) int open(const char* path, int flags, ...) {
  static const auto function = system_function<int(const char*, int, ...)>("open");
  va_list list;
  va_start(list, flags);
  const mode_t mode = mode_of(flags, list);
  va_end(list);
  return open_fails(path, flags) ? -1 : function(path, flags, mode);
}

__attribute__((visibility("default"))) int open64(const char* path, int flags, ...) {
  static const auto function = system_function<int(const char*, int, ...)>("open64");
  va_list list;
  va_start(list, flags);
  const mode_t mode = mode_of(flags, list);
  va_end(list);
  return open_fails(path, flags) ? -1 : function(path, flags, mode);
}

__attribute__((visibility("default"))) ssize_t pwrite(int file, const void* data, std::size_t bytes,
                                                      off_t offset) {
  static const auto function = system_function<ssize_t(int, const void*, std::size_t, off_t)>("pwrite");
  return write_half(function, file, data, bytes, offset);
}

__attribute__((visibility("default"))) ssize_t pwrite64(int file, const void* data, std::size_t bytes,
                                                        off_t offset) {
  static const auto function = system_function<ssize_t(int, const void*, std::size_t, off_t)>("pwrite64");
  return write_half(function, file, data, bytes, offset);
}

__attribute__((visibility("default"))) int posix_fallocate(int file, off_t offset, off_t bytes) {
  static const auto function = system_function<int(int, off_t, off_t)>("posix_fallocate");
  if (!goes_wrong()) return function(file, offset, bytes);
  go_wrong();
  return errno;
}

__attribute__((visibility("default"))) int ftruncate64(int file, off_t bytes) noexcept {
  static const auto function = system_function<int(int, off_t)>("ftruncate64");
  return goes_wrong() ? go_wrong() : function(file, bytes);
}

__attribute__((visibility("default"))) int ftruncate(int file, off_t bytes) noexcept {
  static const auto function = system_function<int(int, off_t)>("ftruncate");
  return goes_wrong() ? go_wrong() : function(file, bytes);
}

__attribute__((visibility("default"))) int fsync(int file) {
  static const auto function = system_function<int(int)>("fsync");
  return goes_wrong() ? go_wrong() : function(file);
}

__attribute__((visibility("default"))) int rename(const char* from, const char* to) noexcept {
  static const auto function = system_function<int(const char*, const char*)>("rename");
  return goes_wrong() ? go_wrong() : function(from, to);
}

__attribute__((visibility("default"))) int link(const char* from, const char* to) noexcept {
  static const auto function = system_function<int(const char*, const char*)>("link");
  return goes_wrong() ? go_wrong() : function(from, to);
}

__attribute__((visibility("default"))) int unlink(const char* path) noexcept {
  static const auto function = system_function<int(const char*)>("unlink");
  return goes_wrong() ? go_wrong() : function(path);
}

__attribute__((visibility("default"))) int remove(const char* path) noexcept {
  static const auto function = system_function<int(const char*)>("remove");
  return goes_wrong() ? go_wrong() : function(path);
}

__attribute__((visibility("default"))) int mkdir(const char* path, mode_t mode) noexcept {
  static const auto function = system_function<int(const char*, mode_t)>("mkdir");
  return goes_wrong() ? go_wrong() : function(path, mode);
}

}  // extern "C"
