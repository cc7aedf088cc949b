#include "tests/tools/run_program.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstdlib>
#include <stdexcept>

#include "tests/weights/support.h"

namespace limpid::testing {
namespace {

/// In the child: becomes the program, or ends with the shell's code for what cannot be started.
[[noreturn]] void become_program(std::vector<char*> arguments, const std::filesystem::path& folder,
                                 const std::filesystem::path& out, const std::filesystem::path& err,
                                 std::optional<std::uint64_t> file_limit) {
  constexpr int cannot_start = 127;
  const int out_file = ::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  const int err_file = ::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
  if (::dup2(out_file, STDOUT_FILENO) < 0 || ::dup2(err_file, STDERR_FILENO) < 0) ::_exit(cannot_start);
  if (::chdir(folder.c_str()) != 0) ::_exit(cannot_start);
  ::setenv("HOME", folder.c_str(), 1);
  ::unsetenv("XDG_CACHE_HOME");
  ::unsetenv("LIMPID_WEIGHTS");
  if (file_limit) {
    // Without the signal, a write beyond the limit fails as on a full disk.
    std::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{*file_limit, *file_limit};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(cannot_start);
  }
  ::execv(LIMPID_PROGRAM, arguments.data());
  ::_exit(cannot_start);
}

}  // namespace

ProgramResult run_program(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
                          std::optional<std::uint64_t> file_limit) {
  const TemporaryFolder streams;
  std::vector<std::string> words = {LIMPID_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);

  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) become_program(pointers, folder, streams / "out", streams / "err", file_limit);
  int status = 0;
  if (::waitpid(child, &status, 0) != child) throw std::runtime_error("waitpid failed");
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status), read_text(streams / "out"),
          read_text(streams / "err")};
}

std::vector<std::string> listing(const std::filesystem::path& folder) {
  std::vector<std::string> names;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    names.push_back(entry.path().lexically_relative(folder).string());
  }
  std::sort(names.begin(), names.end());
  return names;
}

}  // namespace limpid::testing
