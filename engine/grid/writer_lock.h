// One process at a time writes under a name.
#pragma once

#include <filesystem>
#include <optional>
#include <string>

namespace limpid {

/// A lock on a name in a store, which the system drops when its owner dies. It is a byte of a file that
/// nothing else reads or writes, and that stays empty. On a file system without locks nothing is locked.
class WriterLock {
 public:
  /// Takes the lock at once, or not at all. Throws Error{usage} when the file of locks cannot be opened for
  /// writing.
  static std::optional<WriterLock> try_take(const std::filesystem::path& folder, const std::string& name);
  /// Whether any name of the store is locked.
  static bool anyone(const std::filesystem::path& folder);
  /// Waits for the lock.
  static WriterLock take(const std::filesystem::path& folder, const std::string& name);

  WriterLock(WriterLock&& other) noexcept;
  WriterLock& operator=(WriterLock&&) = delete;
  ~WriterLock();

 private:
  WriterLock(const std::filesystem::path& folder);
  bool lock(const std::string& name, bool wait) const;

  int descriptor_ = -1;
};

}  // namespace limpid
