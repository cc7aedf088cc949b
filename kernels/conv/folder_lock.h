// One process at a time changes what a folder has.
#pragma once

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <filesystem>

namespace limpid::cuda {

/// A lock on the folder of a file, as long as this lives; not taken twice by one thread. On a file system without locks, and where
/// there is no folder yet, nothing is locked: of two processes that write at once, the second's file then stays.
class FolderLock {
 public:
  explicit FolderLock(const std::filesystem::path& file)
      : descriptor_(::open(file.parent_path().c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)) {
    if (descriptor_ >= 0) ::flock(descriptor_, LOCK_EX);
  }
  ~FolderLock() {
    if (descriptor_ >= 0) ::close(descriptor_);
  }
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;

 private:
  int descriptor_;
};

}  // namespace limpid::cuda
