// Where results go.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace limpid {

/// Throws Error{usage} with the system's reason when a file could not be created at `path` (no such folder,
/// permission denied, a folder of that name): asked before long work, so that it does not fail at its end.
/// Creates nothing.
void check_writable(const std::filesystem::path& path);

/// Of a name, ".PNG" as ".png".
std::string lower_extension(const std::filesystem::path& path);

/// `given`, or where it is empty a file name made of the objective, e.g. "mixed4a-11.png" in the working
/// directory: characters that shells or file systems treat specially become hyphens. In that folder where `given`
/// names one, or ends as if it did.
std::filesystem::path output_or_default(const std::string& given, std::string_view objective,
                                        std::string_view extension);

/// The name of a snapshot after `step`, beside the final result: "a.png" -> "a-00032.png".
std::filesystem::path snapshot_output(const std::filesystem::path& output, int step);

}  // namespace limpid
