// Where results go, and what they are called.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

#include "kernels/core/output_path.h"

namespace limpid {

/// `given`, or where it is empty a file name made of the objective, e.g. "mixed4a-11.png" in the working
/// directory: characters that shells or file systems treat specially become hyphens. In that folder where `given`
/// names one, or ends as if it did.
std::filesystem::path output_or_default(const std::string& given, std::string_view objective,
                                        std::string_view extension);

/// The name of a snapshot after `step`, beside the final result: "a.png" -> "a-00032.png".
std::filesystem::path snapshot_output(const std::filesystem::path& output, int step);

}  // namespace limpid
