// A file that is read at positions of the caller's choice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>

namespace limpid {

/// Stays open: what was opened can be read even when it has been replaced since.
class PositionedFile {
 public:
  /// Throws Error{input} where there is no such file or it is none, as `fail_read` where it cannot be opened.
  explicit PositionedFile(const std::filesystem::path& path);
  PositionedFile(const PositionedFile&) = delete;
  PositionedFile& operator=(const PositionedFile&) = delete;
  ~PositionedFile();

  const std::filesystem::path& path() const { return path_; }
  std::uint64_t size() const { return size_; }

  /// Throws Error{input} where the file is cut short, as `fail_read` where the system could not read it.
  void read(std::uint64_t offset, void* data, std::size_t bytes) const;

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
};

}  // namespace limpid
