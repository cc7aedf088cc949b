// A folder that appears whole or not at all.
#pragma once

#include <filesystem>
#include <string_view>

#include "kernels/core/temporary.h"

namespace limpid {

/// Writes a file of a folder that nobody sees yet. Throws Error{usage} with the system's reason.
void write_file(const std::filesystem::path& path, std::string_view bytes);

/// A folder built under a hidden name beside its destination. `commit` puts it in place; without it, it goes
/// when this object does.
class StagedFolder {
 public:
  /// `marker` is the name of a file by which a former result is known. Throws Error{usage} where the
  /// destination exists and is neither an empty folder nor a former result, and where nothing can be made
  /// beside it.
  StagedFolder(const std::filesystem::path& destination, std::string_view marker);
  StagedFolder(const StagedFolder&) = delete;
  StagedFolder& operator=(const StagedFolder&) = delete;

  /// Where to write.
  const std::filesystem::path& path() const { return staged_.path(); }

  /// Adds the marker, flushes everything to disk and puts the folder in the destination's place; a former
  /// result is removed. Throws Error{usage} with the system's reason.
  void commit();

 private:
  std::filesystem::path destination_;
  std::filesystem::path marker_;
  Temporary staged_;
};

}  // namespace limpid
