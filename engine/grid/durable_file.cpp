#include "engine/grid/durable_file.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

#include "kernels/core/file_errors.h"

namespace limpid {

namespace fs = std::filesystem;

void sync_folder(const fs::path& folder) {
  const int descriptor = ::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) fail_write(folder, errno);
  // File systems that cannot sync a folder answer EINVAL; they keep names in their own way.
  const bool synced = ::fsync(descriptor) == 0 || errno == EINVAL;
  const int error = errno;
  ::close(descriptor);
  errno = error;
  if (!synced) fail_write(folder, errno);
}

DurableFile::DurableFile(const fs::path& temporary, const fs::path& name)
    : temporary_(Temporary::at(temporary, name)) {}

void DurableFile::reserve(std::uint64_t bytes) {
  errno = ::posix_fallocate(descriptor(), 0, static_cast<off_t>(bytes));
  if (errno != 0) fail_write(path(), errno);
}

void DurableFile::resize(std::uint64_t bytes) {
  if (::ftruncate(descriptor(), static_cast<off_t>(bytes)) != 0) fail_write(path(), errno);
}

void DurableFile::write(std::span<const char> bytes, std::uint64_t offset) {
  while (!bytes.empty()) {
    const ssize_t written = ::pwrite(descriptor(), bytes.data(), bytes.size(), static_cast<off_t>(offset));
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) fail_write(path(), errno);
    bytes = bytes.subspan(static_cast<std::size_t>(written));
    offset += static_cast<std::uint64_t>(written);
  }
}

void DurableFile::sync() {
  if (::fsync(descriptor()) != 0) fail_write(path(), errno);
}

void DurableFile::publish(const fs::path& name) {
  sync();
  if (::rename(path().c_str(), name.c_str()) != 0) fail_write(name, errno);
  temporary_.keep();
  sync_folder(name.parent_path());
}

bool DurableFile::publish_new(const fs::path& name) {
  sync();
  if (::link(path().c_str(), name.c_str()) != 0) {
    if (errno == EEXIST) return false;
    fail_write(name, errno);
  }
  sync_folder(name.parent_path());
  return true;
}

}  // namespace limpid
