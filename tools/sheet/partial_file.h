// A file that is written piece by piece and appears only when it is complete.
#pragma once

#include <cstdio>
#include <filesystem>
#include <memory>

#include "kernels/core/temporary.h"

namespace limpid {

/// A temporary file in the folder of its destination, which keeps what it held until `publish`. What is not
/// published is removed.
class PartialFile {
 public:
  /// A symbolic link is followed. Throws Error{usage} with the system's reason.
  explicit PartialFile(const std::filesystem::path& destination);
  PartialFile(const PartialFile&) = delete;
  PartialFile& operator=(const PartialFile&) = delete;

  std::FILE* stream() const { return stream_.get(); }

  /// Flushes to disk and renames. Throws Error{usage} with the system's reason.
  void publish();

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  [[noreturn]] void fail(int error) const;

  std::filesystem::path destination_;
  Temporary temporary_;
  std::unique_ptr<std::FILE, Close> stream_;
};

}  // namespace limpid
