// Pictures in tar archives, as WebDataset keeps them.
#pragma once

#include <filesystem>
#include <functional>
#include <string>
#include <string_view>

namespace limpid {

/// Whether a file of that name is read as an archive: .tar, also compressed (.tar.gz, .tgz, .tar.bz2, .tar.xz, .txz,
/// .tar.zst).
bool is_archive_name(const std::filesystem::path& path);

struct ArchiveMember {
  std::string name;  ///< UTF-8.
  std::string bytes;
  std::string failure = {};  ///< One line, where it is too large to be read; then there are no bytes.
};

/// Goes once through an archive: `wanted` is asked of each regular file's name, and `visit` is given those that are, in
/// their order, until it returns false. Throws Error{input} "'a.tar' is damaged: ..." where the archive ends early or is
/// none, after what was whole has been visited, and as `fail_read` does.
void visit_archive(const std::filesystem::path& path,
                   const std::function<bool(const std::string& name)>& wanted,
                   const std::function<bool(ArchiveMember)>& visit);

}  // namespace limpid
