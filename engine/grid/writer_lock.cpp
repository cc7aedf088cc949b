#include "engine/grid/writer_lock.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <utility>

#include "kernels/core/file_errors.h"
#include "kernels/core/fnv1a.h"

namespace limpid {
namespace {

/// The byte that stands for a name, the same in every process. Past the end of the file, where a range may be
/// locked too.
std::int64_t byte_of(const std::string& name) {
  return static_cast<std::int64_t>(fnv1a(name) >> 2U);
}

/// No writer may have this name.
constexpr const char* kHold = ".hold";

}  // namespace

WriterLock::WriterLock(const std::filesystem::path& folder) {
  const std::filesystem::path file = folder / kLockName;
  descriptor_ = ::open(file.c_str(), O_RDWR | O_CREAT | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC, 0666);
  if (descriptor_ < 0) fail_write(file, errno);
}

WriterLock::WriterLock(WriterLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}

WriterLock::~WriterLock() {
  if (descriptor_ < 0) return;
  // A process that was forked meanwhile has the file open too, and would keep what is locked.
  lock(F_UNLCK, 0, 0, false);
  ::close(descriptor_);
}

bool WriterLock::lock(short type, std::int64_t start, std::int64_t bytes, bool wait) const {
  struct flock range {};
  range.l_type = type;
  range.l_whence = SEEK_SET;
  range.l_start = static_cast<off_t>(start);
  range.l_len = static_cast<off_t>(bytes);
  // Locks of the open file, not of the process: two writers in one process exclude each other too.
  int result = 0;
  do {
    result = ::fcntl(descriptor_, wait ? F_OFD_SETLKW : F_OFD_SETLK, &range);
  } while (result != 0 && errno == EINTR);
  return result == 0 || (errno != EAGAIN && errno != EACCES);
}

std::optional<WriterLock> WriterLock::try_take(const std::filesystem::path& folder, const std::string& name) {
  WriterLock lock(folder);
  if (!lock.lock(F_WRLCK, byte_of(name), 1, false)) return std::nullopt;
  return lock;
}

bool WriterLock::anyone(const std::filesystem::path& folder) {
  const WriterLock lock(folder);
  struct flock range {};  // All bytes.
  range.l_type = F_WRLCK;
  range.l_whence = SEEK_SET;
  return ::fcntl(lock.descriptor_, F_OFD_GETLK, &range) == 0 && range.l_type != F_UNLCK;
}

std::shared_ptr<const WriterLock> WriterLock::hold(const std::filesystem::path& folder) {
  WriterLock lock(folder);
  lock.lock(F_RDLCK, byte_of(kHold), 1, true);
  struct stat file {};
  // Whoever removed the store removed this file with it.
  if (::fstat(lock.descriptor_, &file) != 0 || file.st_nlink == 0) return nullptr;
  return std::make_shared<const WriterLock>(std::move(lock));
}

std::optional<WriterLock> WriterLock::try_take_all(const std::filesystem::path& folder) {
  WriterLock lock(folder);
  if (!lock.lock(F_WRLCK, 0, 0, false)) return std::nullopt;
  return lock;
}

WriterLock WriterLock::take(const std::filesystem::path& folder, const std::string& name) {
  WriterLock lock(folder);
  lock.lock(F_WRLCK, byte_of(name), 1, true);
  return lock;
}

}  // namespace limpid
