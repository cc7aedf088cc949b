// Preloaded into the program: one of its file operations meets what LIMPID_FAULT says, "<fault>:<operations
// before it>". LIMPID_OPERATIONS names a file that gets the number of them when the program ends.
#include <dlfcn.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <string>
#include <string_view>

#include "tests/grid/file_faults.h"

using limpid::testing::Fault;
using limpid::testing::go_wrong;
using limpid::testing::goes_wrong;

namespace {

template <class Function>
Function* system_function(const char* name) {
  return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

Fault fault_of(std::string_view name) {
  if (name == "full_disk") return Fault::full_disk;
  if (name == "io_error") return Fault::io_error;
  if (name == "kill") return Fault::kill;
  if (name == "hang_up") return Fault::hang_up;
  if (name == "terminate") return Fault::terminate;
  if (name == "interrupt") return Fault::interrupt;
  return Fault::none;
}

__attribute__((constructor)) void begin() {
  const char* text = std::getenv("LIMPID_FAULT");
  if (text == nullptr) return;
  const std::string_view words = text;
  const std::size_t colon = words.find(':');
  limpid::testing::set_fault(fault_of(words.substr(0, colon)), std::atoi(text + colon + 1));
}

__attribute__((destructor)) void end() {
  const char* path = std::getenv("LIMPID_OPERATIONS");
  if (path == nullptr) return;
  const std::string count = std::to_string(limpid::testing::operations_done());
  std::FILE* file = std::fopen(path, "w");
  if (file == nullptr) return;
  std::fputs(count.c_str(), file);
  std::fclose(file);
}

}  // namespace

extern "C" {

__attribute__((visibility("default"))) ssize_t write(int file, const void* data, std::size_t bytes) {
  static const auto function = system_function<ssize_t(int, const void*, std::size_t)>("write");
  if (file <= STDERR_FILENO || !goes_wrong()) return function(file, data, bytes);
  if (bytes > 1) function(file, data, bytes / 2);
  return go_wrong();
}

__attribute__((visibility("default"))) std::size_t fwrite(const void* data, std::size_t size,
                                                          std::size_t count, std::FILE* file) {
  static const auto function =
      system_function<std::size_t(const void*, std::size_t, std::size_t, std::FILE*)>("fwrite");
  if (file == stdout || file == stderr || !goes_wrong()) return function(data, size, count, file);
  go_wrong();
  return 0;
}

__attribute__((visibility("default"))) int syncfs(int file) noexcept {
  static const auto function = system_function<int(int)>("syncfs");
  return goes_wrong() ? go_wrong() : function(file);
}

__attribute__((visibility("default"))) int renameat2(int from_folder, const char* from, int to_folder,
                                                     const char* to, unsigned flags) noexcept {
  static const auto function =
      system_function<int(int, const char*, int, const char*, unsigned)>("renameat2");
  return goes_wrong() ? go_wrong() : function(from_folder, from, to_folder, to, flags);
}

}  // extern "C"
