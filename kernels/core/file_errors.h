// Files that could not be read or written: whose fault it was, and how it is said. One place decides for all.
#pragma once

#include <filesystem>

namespace limpid {

/// Whether an error (of errno) is the machine's and not the file's: descriptors or memory ran out, the disk or
/// the network failed, there is no permission. What could not be read for it is not damaged.
bool is_system_error(int error);

/// For an `error` met while a file was opened or read: throws Error{runtime} with the system's reason where it is
/// the machine's, Error{input} otherwise (no such file, a loop of links).
[[noreturn]] void fail_read(const std::filesystem::path& path, int error);

/// For an `error` (of errno) met while a file or folder was made or written: throws "cannot write 'PATH': the system's
/// reason". Error{usage} where the name was wrong and another would do (no such folder, no folder, no permission, too
/// long, taken), Error{runtime} where the machine failed: a full disk or quota, a limit on files, a disk that fails or is
/// read-only. What is written under a temporary name is called by the one it shall have (`write_as`).
[[noreturn]] void fail_write(const std::filesystem::path& path, int error);

/// From here on `fail_write` says `destination` for `temporary`, and likewise for what lies below it.
void write_as(const std::filesystem::path& temporary, const std::filesystem::path& destination);
/// Until here.
void forget_write_as(const std::filesystem::path& temporary) noexcept;

}  // namespace limpid
