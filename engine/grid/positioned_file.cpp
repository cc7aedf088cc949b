#include "engine/grid/positioned_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

#include "kernels/core/error.h"
#include "kernels/core/file_errors.h"

namespace limpid {

PositionedFile::PositionedFile(const std::filesystem::path& path)
    // Without waiting for a writer, should it be a pipe.
    : path_(path), descriptor_(::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)) {
  if (descriptor_ < 0) fail_read(path, errno);
  struct stat status {};
  const int error = ::fstat(descriptor_, &status) == 0 ? 0 : errno;
  if (error != 0 || !S_ISREG(status.st_mode)) {
    ::close(descriptor_);
    if (error != 0) fail_read(path, error);
    fail_input("cannot read '{}': it is not a file", path.string());
  }
  size_ = static_cast<std::uint64_t>(status.st_size);
}

PositionedFile::~PositionedFile() {
  ::close(descriptor_);
}

void PositionedFile::read(std::uint64_t offset, void* data, std::size_t bytes) const {
  char* to = static_cast<char*>(data);
  while (bytes > 0) {
    const ssize_t got = ::pread(descriptor_, to, bytes, static_cast<off_t>(offset));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) fail_read(path_, errno);
    if (got == 0) fail_input("'{}' is damaged: it is cut short", path_.string());
    to += got;
    offset += static_cast<std::uint64_t>(got);
    bytes -= static_cast<std::size_t>(got);
  }
}

}  // namespace limpid
