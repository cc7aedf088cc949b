// Whole files in and out of memory.
#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

namespace limpid {

/// Throws Error{input} unless `path` is a regular file that can be opened and is not empty; returns its size.
std::uint64_t check_readable(const std::filesystem::path& path);

/// The first `limit` bytes of the file, or all of it. Throws Error{input} as `check_readable`, and
/// Error{runtime} when reading fails.
std::string read_bytes(const std::filesystem::path& path, std::uint64_t limit = UINT64_MAX);

/// Writes a file so that `path` holds either what it held before or all of `bytes`: into a temporary file in
/// the same folder, flushed to disk and then renamed. Throws Error{runtime} with the system's reason; leaves
/// nothing behind.
void write_atomically(const std::filesystem::path& path, std::span<const char> bytes);

}  // namespace limpid
