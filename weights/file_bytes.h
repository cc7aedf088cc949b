// Whole files in and out of memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <limits>
#include <span>
#include <string>

namespace limpid {

/// Throws Error{input} unless `path` is a regular file that is not empty, and as `fail_read` does where the system
/// does not say; returns its size.
std::uint64_t check_readable(const std::filesystem::path& path);

/// The first `limit` bytes of the file, or all of it. Throws as `check_readable` does, and as `fail_read` where the
/// file cannot be opened or read.
std::string read_bytes(const std::filesystem::path& path,
                       std::uint64_t limit = std::numeric_limits<std::uint64_t>::max());

/// Whether an error (of errno) is the machine's and not the file's: descriptors or memory ran out, the disk or
/// the network failed, there is no permission. What could not be read for it is not damaged.
bool is_system_error(int error);

/// For an `error` met while a file was opened or read: throws Error{runtime} with the system's reason where it is
/// the machine's, Error{input} otherwise (no such file, a loop of links).
[[noreturn]] void fail_read(const std::filesystem::path& path, int error);

/// Writes a file so that `path` holds either what it held before or all of `bytes`: into a temporary file in
/// the same folder, flushed to disk and then renamed. A symbolic link is followed. Throws Error{usage} with
/// the system's reason (no such folder, permission denied, no space left) and leaves nothing behind.
void write_atomically(const std::filesystem::path& path, std::span<const char> bytes);

}  // namespace limpid
