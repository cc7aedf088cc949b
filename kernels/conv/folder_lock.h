// One process at a time changes what a folder has.
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <filesystem>
#include <thread>

namespace limpid::cuda {

/// A lock on the folder of a file, as long as this lives; not taken twice by one thread. Where it is not taken, the rest
/// is as without it: of two processes that write at once, the second's file then stays. So it is on a file system without
/// locks, where there is no folder yet, and where another process kept it for as long as this one may wait.
class FolderLock {
 public:
  enum class Wait {
    until_free,
    briefly,  ///< Half a second: what has it writes a small file, or hangs.
  };

  FolderLock(const std::filesystem::path& file, Wait wait)
      : descriptor_(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (descriptor_ >= 0) take(wait);
  }
  ~FolderLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  void take(Wait wait) const {
    using namespace std::chrono_literals;
    if (wait == Wait::until_free) {
      // A signal ends the wait; it goes on.
      while (::flock(descriptor_, LOCK_EX) != 0 && errno == EINTR) {
      }
      return;
    }
    for (int tries = 25; ::flock(descriptor_, LOCK_EX | LOCK_NB) != 0; --tries) {
      if (tries == 0 || (errno != EWOULDBLOCK && errno != EINTR)) return;
      std::this_thread::sleep_for(20ms);
    }
  }

  int descriptor_;
};

}  // namespace limpid::cuda
