// The built program as its users see it: arguments in; exit code, standard output and standard error out.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace limpid::testing {

struct ProgramResult {
  int exit_code = -1;  ///< 128 + the signal where one ended it.
  std::string out;
  std::string err;
};

/// What the program's standard output and error are.
enum class Streams {
  kept,    ///< Files, of which the result has the content.
  closed,  ///< Not open.
  full,    ///< On a disk that takes nothing more.
  unread,  ///< A pipe whose reader is gone.
};

struct Surroundings {
  std::optional<std::uint64_t> file_limit = {};  ///< Bytes any file may reach (setrlimit).
  Streams streams = Streams::kept;
  std::vector<std::pair<std::string, std::string>> environment = {};  ///< Set besides what there is.
  /// Called while it runs, with what it has written to standard output so far.
  std::function<void(pid_t, const std::function<std::string()>& output)> meanwhile = {};
};

/// Runs `limpid arguments...` in `folder`, which is also its home, so that nothing of the user's is found or
/// touched. Throws std::runtime_error where the program cannot be started.
ProgramResult run_program(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
                          const Surroundings& surroundings = {});

/// Fails unless it was refused: exit code 2, nothing on standard output, and on standard error one line that has these parts.
void expect_refusal(const ProgramResult& result, const std::vector<std::string>& parts);

/// Names of everything in the folder, sorted.
std::vector<std::string> listing(const std::filesystem::path& folder);

}  // namespace limpid::testing
