// The built program as its users see it: arguments in; exit code, standard output and standard error out.
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

namespace limpid::testing {

struct ProgramResult {
  int exit_code = -1;  ///< 128 + the signal where one ended it.
  std::string out;
  std::string err;
};

/// Runs `limpid arguments...` in `folder`, which is also its home, so that nothing of the user's is found or
/// touched. `file_limit` is the number of bytes any file may reach (setrlimit): a disk that fills up. Throws
/// std::runtime_error where the program cannot be started.
ProgramResult run_program(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
                          std::optional<std::uint64_t> file_limit = std::nullopt);

/// Names of everything in the folder, sorted.
std::vector<std::string> listing(const std::filesystem::path& folder);

}  // namespace limpid::testing
