#include "weights/file_bytes.h"

#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <cerrno>
#include <fstream>
#include <system_error>
#include <utility>

#include "kernels/core/error.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

std::string reason(int error) {
  return std::generic_category().message(error);
}

/// A file that disappears unless it is published.
class TemporaryFile {
 public:
  TemporaryFile(const fs::path& folder, const fs::path& destination) : destination_(destination) {
    static std::atomic<unsigned> counter = 0;
    path_ = folder / fmt::format(".limpid-{}-{}.tmp", ::getpid(), counter++);
    descriptor_ = ::open(path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ < 0) fail(errno);
  }
  TemporaryFile(const TemporaryFile&) = delete;
  TemporaryFile& operator=(const TemporaryFile&) = delete;
  ~TemporaryFile() {
    if (descriptor_ >= 0) ::close(descriptor_);
    if (!published_) ::unlink(path_.c_str());
  }

  void write(std::span<const char> bytes) {
    while (!bytes.empty()) {
      const ssize_t written = ::write(descriptor_, bytes.data(), bytes.size());
      if (written < 0 && errno == EINTR) continue;
      if (written < 0) fail(errno);
      bytes = bytes.subspan(static_cast<std::size_t>(written));
    }
  }

  void publish() {
    if (::fsync(descriptor_) != 0) fail(errno);
    if (::close(std::exchange(descriptor_, -1)) != 0) fail(errno);
    if (::rename(path_.c_str(), destination_.c_str()) != 0) fail(errno);
    published_ = true;
  }

 private:
  [[noreturn]] void fail(int error) const {
    fail_usage("cannot write '{}': {}", destination_.string(), reason(error));
  }

  fs::path destination_;
  fs::path path_;
  int descriptor_ = -1;
  bool published_ = false;
};

}  // namespace

std::uint64_t check_readable(const fs::path& path) {
  std::error_code error;
  const fs::file_status status = fs::status(path, error);
  if (status.type() == fs::file_type::not_found) fail_input("'{}' does not exist", path.string());
  if (error) fail_input("cannot read '{}': {}", path.string(), error.message());
  if (!fs::is_regular_file(status)) fail_input("'{}' is not a file", path.string());
  const std::uintmax_t size = fs::file_size(path, error);
  if (error) fail_input("cannot read '{}': {}", path.string(), error.message());
  if (size == 0) fail_input("'{}' is empty", path.string());
  return size;
}

std::string read_bytes(const fs::path& path, std::uint64_t limit) {
  std::string bytes(std::min(check_readable(path), limit), '\0');
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file.read(bytes.data(), static_cast<std::streamsize>(bytes.size()))) {
    fail_input("cannot read '{}': {}", path.string(), reason(errno));
  }
  return bytes;
}

bool is_system_error(int error) {
  constexpr std::array kErrors = {EIO,    EACCES, EPERM,  EMFILE, ENFILE, ENOMEM,    ENOBUFS,   EINTR,
                                  EAGAIN, ESTALE, ENODEV, ENXIO,  EBUSY,  ETIMEDOUT, EREMOTEIO, ENOTCONN};
  return std::ranges::find(kErrors, error) != kErrors.end();
}

void fail_read(const fs::path& path, int error) {
  const std::string message = fmt::format("cannot read '{}': {}", path.string(), reason(error));
  if (is_system_error(error)) fail_runtime("{}", message);
  fail_input("{}", message);
}

void write_atomically(const fs::path& path, std::span<const char> bytes) {
  std::error_code error;
  const fs::path destination = fs::is_symlink(path, error) ? fs::weakly_canonical(path, error) : path;
  const fs::file_status status = fs::status(destination, error);
  if (fs::exists(status) && !fs::is_regular_file(status)) {
    fail_usage("cannot write '{}': it exists and is not a file", path.string());
  }
  const fs::path folder = destination.has_parent_path() ? destination.parent_path() : fs::path(".");
  TemporaryFile file(folder, destination);
  file.write(bytes);
  file.publish();
}

}  // namespace limpid
