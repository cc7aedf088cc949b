// Checksums of files and of bytes.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace limpid {

/// SHA-256 of a file's bytes, lower-case hexadecimal. Throws Error{input} when it cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);

/// SHA-256 of bytes in memory, lower-case hexadecimal.
std::string sha256_of_bytes(std::string_view bytes);

}  // namespace limpid
