#include "tools/grid/resume_command.h"

#include <fmt/core.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <vector>

#include "engine/options/command_line.h"

namespace limpid {
namespace {

/// The words the process was started with; Linux keeps them.
std::vector<std::string> words_of_process() {
  std::ifstream file("/proc/self/cmdline", std::ios::binary);
  std::vector<std::string> words;
  for (std::string word; std::getline(file, word, '\0');) words.push_back(word);
  return words;
}

}  // namespace

std::string same_command() {
  std::vector<std::string> words = words_of_process();
  std::transform(words.begin(), words.end(), words.begin(), shell_quote);
  return fmt::format("{}", fmt::join(words, " "));
}

std::string resume_command(int ranks) {
  std::vector<std::string> words = words_of_process();
  if (std::find(words.begin(), words.end(), "--resume") == words.end()) {
    // Before a "--", behind which there are only targets.
    words.insert(std::find(words.begin(), words.end(), "--"), "--resume");
  }
  std::transform(words.begin(), words.end(), words.begin(), shell_quote);
  return fmt::format("{}{}", ranks > 1 ? fmt::format("mpirun -n {} ", ranks) : "", fmt::join(words, " "));
}

}  // namespace limpid
