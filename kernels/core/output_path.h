// Where a result is to go, looked at before it is made.
#pragma once

#include <filesystem>
#include <string>

namespace limpid {

/// Throws Error{usage} with the system's reason when a file could not be created at `path` (no such folder,
/// permission denied, a folder of that name): asked before long work, so that it does not fail at its end.
/// Creates nothing.
void check_writable(const std::filesystem::path& path);

/// Of a name, ".PNG" as ".png".
std::string lower_extension(const std::filesystem::path& path);

}  // namespace limpid
