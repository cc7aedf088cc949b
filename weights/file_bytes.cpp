#include "weights/file_bytes.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <fstream>
#include <system_error>

#include "kernels/core/error.h"
#include "kernels/core/file_errors.h"
#include "kernels/core/temporary.h"

namespace limpid {

namespace fs = std::filesystem;

std::uint64_t check_readable(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) fail_input("'{}' does not exist", path.string());
  if (error) fail_read(path, error.value());
  if (!fs::is_regular_file(status)) fail_input("'{}' is not a file", path.string());
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) fail_read(path, error.value());
  if (size == 0) fail_input("'{}' is empty", path.string());
  return size;
}

std::string read_bytes(const fs::path& path, std::uint64_t limit) {
  std::string bytes(std::min(check_readable(path), limit), '\0');
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) fail_read(path, errno);
  return bytes;
}

void write_atomically(const fs::path& path, std::span<const char> bytes) {
  std::error_code error;
  const fs::file_status status = fs::status(link_target(path), error);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    fail_usage("cannot write '{}': it exists and is not a file", path.string());
  }
  Temporary file(Temporary::Kind::file, path);
  file.write(bytes);
  file.publish();
}

}  // namespace limpid
