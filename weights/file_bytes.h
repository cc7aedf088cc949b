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

/// Writes a file so that `path` holds either what it held before or all of `bytes`: into a temporary file in
/// the same folder, flushed to disk and then renamed. A symbolic link is followed. Throws as `fail_write` does
/// (kernels/core/file_errors.h), Error{usage} too where a folder or a device has the name, and leaves nothing behind.
void write_atomically(const std::filesystem::path& path, std::span<const char> bytes);

}  // namespace limpid
