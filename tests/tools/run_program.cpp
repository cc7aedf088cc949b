#include "tests/tools/run_program.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <stdexcept>

#include "tests/weights/support.h"

namespace limpid::testing {
namespace {

constexpr int kCannotStart = 127;

void set_streams(Streams streams, const std::filesystem::path& out, const std::filesystem::path& err) {
  std::array<int, 2> files = {-1, -1};
  switch (streams) {
    case Streams::kept:
      files = {::open(out.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600),
               ::open(err.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600)};
      break;
    case Streams::closed:
      for (const int descriptor : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) ::close(descriptor);
      return;
    case Streams::full:
      files = {::open("/dev/full", O_WRONLY), ::open("/dev/full", O_WRONLY)};
      break;
    case Streams::unread:
      if (::pipe(files.data()) != 0) ::_exit(kCannotStart);
      ::close(files[0]);
      files[0] = files[1];
      break;
  }
  if (::dup2(files[0], STDOUT_FILENO) < 0 || ::dup2(files[1], STDERR_FILENO) < 0) ::_exit(kCannotStart);
  for (const int file : files) ::close(file);
}

/// In the child: becomes the program, or ends with the shell's code for what cannot be started.
[[noreturn]] void become_program(std::vector<char*> arguments, const std::filesystem::path& folder,
                                 const std::filesystem::path& out, const std::filesystem::path& err,
                                 const Surroundings& surroundings) {
  if (::chdir(folder.c_str()) != 0) ::_exit(kCannotStart);
  ::setenv("HOME", folder.c_str(), 1);
  ::unsetenv("XDG_CACHE_HOME");
  ::unsetenv("LIMPID_WEIGHTS");
  for (const auto& [name, value] : surroundings.environment) ::setenv(name.c_str(), value.c_str(), 1);
  set_streams(surroundings.streams, out, err);
  if (surroundings.file_limit) {
    const rlimit limit{*surroundings.file_limit, *surroundings.file_limit};
    if (::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(kCannotStart);
  }
  ::execv(LIMPID_PROGRAM, arguments.data());
  ::_exit(kCannotStart);
}

}  // namespace

ProgramResult run_program(const std::vector<std::string>& arguments, const std::filesystem::path& folder,
                          const Surroundings& surroundings) {
  const TemporaryFolder streams;
  std::vector<std::string> words = {LIMPID_PROGRAM};
  words.insert(words.end(), arguments.begin(), arguments.end());
  std::vector<char*> pointers;
  for (std::string& word : words) pointers.push_back(word.data());
  pointers.push_back(nullptr);

  const pid_t child = ::fork();
  if (child < 0) throw std::runtime_error("fork failed");
  if (child == 0) become_program(pointers, folder, streams / "out", streams / "err", surroundings);
  if (surroundings.meanwhile) surroundings.meanwhile(child, [&] { return read_text(streams / "out"); });
  const bool kept = surroundings.streams == Streams::kept;
  int status = 0;
  if (::waitpid(child, &status, 0) != child) throw std::runtime_error("waitpid failed");
  return {WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status),
          kept ? read_text(streams / "out") : "", kept ? read_text(streams / "err") : ""};
}

void expect_refusal(const ProgramResult& result, const std::vector<std::string>& parts) {
  SCOPED_TRACE(result.err);
  EXPECT_EQ(result.exit_code, 2);
  EXPECT_EQ(result.out, "");
  EXPECT_EQ(std::count(result.err.begin(), result.err.end(), '\n'), 1);
  for (const std::string& part : parts) EXPECT_NE(result.err.find(part), std::string::npos) << part;
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
