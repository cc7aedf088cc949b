#include "engine/grid/writer_lock.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "engine/grid/durable_file.h"
#include "engine/grid/store_folder.h"
#include "kernels/core/error.h"
#include "kernels/core/fnv1a.h"

namespace limpid {
namespace {

/// The byte that stands for a name, the same in every process. Past the end of the file, where a range may be
/// locked too.
off_t byte_of(const std::string& name) {
  return static_cast<off_t>(fnv1a(name) >> 2U);
}

}  // namespace

WriterLock::WriterLock(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / kLockName;
  descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail_write(file);
}

WriterLock::WriterLock(WriterLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

WriterLock::~WriterLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

bool WriterLock::lock(const std::string& name, bool wait) const {
  struct flock range {};
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  range.l_start = byte_of(name);
  range.l_len = 1;
  // Locks of the open file, not of the process: two writers in one process exclude each other too.
  int result = 0;
  do {
    result = ::fcntl(descriptor_, wait ? F_OFD_SETLKW : F_OFD_SETLK, &range);
  } while (result != 0 && errno == EINTR);
  return result == 0 || (errno != EAGAIN && errno != EACCES);
}

std::optional<WriterLock> WriterLock::try_take(const std::filesystem::path& folder, const std::string& name) {
  WriterLock lock(folder);
  if (!lock.lock(name, false)) return std::nullopt;
  return lock;
}

bool WriterLock::anyone(const std::filesystem::path& folder) {
  const WriterLock lock(folder);
  struct flock range {};  // All bytes.
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  return ::fcntl(lock.descriptor_, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
}

WriterLock WriterLock::take(const std::filesystem::path& folder, const std::string& name) {
  WriterLock lock(folder);
  lock.lock(name, true);
  return lock;
}

}  // namespace limpid
