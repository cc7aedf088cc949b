// Files that appear whole and stay.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "kernels/core/temporary.h"

namespace limpid {

/// A new file under a temporary name. It goes when it is not published, and when a signal ends the program; a
/// process that is killed leaves the temporary behind. Throws as `fail_write` does (kernels/core/file_errors.h).
class DurableFile {
 public:
  /// `temporary` is in the folder the file will be published in; what is there is removed, a link itself. Errors name
  /// the file as it will be published, `name`.
  DurableFile(const std::filesystem::path& temporary, const std::filesystem::path& name);
  DurableFile(const DurableFile&) = delete;
  DurableFile& operator=(const DurableFile&) = delete;

  const std::filesystem::path& path() const { return temporary_.path(); }
  int descriptor() const { return temporary_.descriptor(); }

  /// Takes `bytes` of disk, so that a full one is met here.
  void reserve(std::uint64_t bytes);
  void resize(std::uint64_t bytes);
  void write(std::span<const char> bytes, std::uint64_t offset);

  /// Gives the file its name, replacing what has it, once its content is on disk; returns when name and
  /// content would outlive a loss of power.
  void publish(const std::filesystem::path& name);
  /// The same, but false where a file of that name exists; it is left as it is.
  bool publish_new(const std::filesystem::path& name);

 private:
  void sync();

  Temporary temporary_;
};

/// Returns when the folder's entries would outlive a loss of power.
void sync_folder(const std::filesystem::path& folder);

}  // namespace limpid
