// Checksums of files.
#pragma once

#include <filesystem>
#include <string>

namespace limpid {

/// SHA-256 of a file's bytes, lower-case hexadecimal. Throws Error{input} when it cannot be read.
std::string sha256_of_file(const std::filesystem::path& path);

}  // namespace limpid
