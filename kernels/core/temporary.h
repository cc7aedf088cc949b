// Files and folders that have no name of their own yet.
#pragma once

#include <filesystem>
#include <span>

namespace limpid {

/// Removes all temporaries of this process, which is about to end: no other is made from here on. For signal
/// handlers too. A shared library that has this code of its own (the CUDA backend, for its plan cache) has
/// temporaries of its own, which the program's call does not see: what they leave is removed when the cache
/// is next written.
void remove_temporaries() noexcept;

/// A new file or folder under a hidden name, made with O_EXCL and O_NOFOLLOW: nothing that was there is
/// opened or followed. It goes with this object unless it was published or kept, and with
/// `remove_temporaries`. What a killed process left is removed by the next that makes one for the same
/// destination; those of living processes are told by their lock (flock).
class Temporary {
 public:
  enum class Kind { file, folder };

  /// For `destination`, in its folder, open for reading and writing where it is a file. Throws as `fail_write` does for
  /// `destination`, which that function names too for what is written below a folder (file_errors.h).
  Temporary(Kind kind, const std::filesystem::path& destination);

  /// A file of the name `path`, which is the caller's by a lock of its own: what has it is removed. Its errors name
  /// `destination`.
  static Temporary at(const std::filesystem::path& path, const std::filesystem::path& destination);

  Temporary(Temporary&& other) noexcept;
  Temporary& operator=(Temporary&&) = delete;
  ~Temporary();

  const std::filesystem::path& path() const { return path_; }
  /// Of a file for reading and writing, of a folder for reading. This object closes it.
  int descriptor() const { return descriptor_; }

  /// More of a file. Throws as the constructor does.
  void write(std::span<const char> bytes);

  /// Takes the name of its destination: of a file once its content is on disk, in place of what was there; a
  /// folder changes places with what was there, which is removed. Throws as the constructor does.
  void publish();

  /// It has another name by now: nothing is to be removed.
  void keep();

 private:
  friend void remove_temporaries() noexcept;
  struct Mark;

  Temporary(std::filesystem::path path, std::filesystem::path destination);
  bool make(Kind kind);
  void change_places();
  void close();
  [[noreturn]] void fail(int error) const;

  std::filesystem::path path_, destination_;
  int descriptor_ = -1;
  Mark* mark_ = nullptr;  ///< What `remove_temporaries` sees; null where nothing is to be removed.
};

/// Where writing to `path` ends up: what a symbolic link points to.
std::filesystem::path link_target(const std::filesystem::path& path);

}  // namespace limpid
