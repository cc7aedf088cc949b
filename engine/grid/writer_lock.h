// One process at a time writes under a name.
#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <optional>
#include <string>

namespace limpid {

/// The file of locks in a store.
inline constexpr const char* kLockName = "lock";

/// A lock on a name in a store, which the system drops when its owner dies. It is a byte of a file that
/// nothing else reads or writes, and that stays empty. On a file system without locks nothing is locked.
class WriterLock {
 public:
  /// Takes the lock at once, or not at all. Throws Error{usage} when the file of locks cannot be opened for
  /// writing.
  static std::optional<WriterLock> try_take(const std::filesystem::path& folder, const std::string& name);
  /// Whether any name of the store is locked, or the store is held.
  static bool anyone(const std::filesystem::path& folder);
  /// Holds the store, as any number of processes may at once. Nothing, where it was removed while this waited.
  static std::shared_ptr<const WriterLock> hold(const std::filesystem::path& folder);
  /// All names, where none is locked and nobody holds the store.
  static std::optional<WriterLock> try_take_all(const std::filesystem::path& folder);
  /// Waits for the lock.
  static WriterLock take(const std::filesystem::path& folder, const std::string& name);

  WriterLock(WriterLock&& other) noexcept;
  WriterLock& operator=(WriterLock&&) = delete;
  ~WriterLock();

 private:
  WriterLock(const std::filesystem::path& folder);
  /// A lock of `type`, F_RDLCK or F_WRLCK, from byte `start` on; of all that follow where `bytes` is 0.
  bool lock(short type, std::int64_t start, std::int64_t bytes, bool wait) const;

  int descriptor_ = -1;
};

}  // namespace limpid
