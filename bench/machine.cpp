#include "bench/machine.h"

#include <fmt/chrono.h>

#include <ctime>
#include <fstream>
#include <iterator>
#include <string_view>

#include "engine/network/threads.h"
#include "engine/options/command_line.h"

namespace limpid::bench {
namespace {

/// The rest of the first line of a file of "key : value" lines that begins with `key`; empty where there is
/// none.
std::string value_of(const char* file, std::string_view key) {
  std::ifstream stream(file);
  for (std::string line; std::getline(stream, line);) {
    if (!line.starts_with(key)) continue;
    const std::size_t colon = line.find(':');
    const std::size_t begin = line.find_first_not_of(" \t", colon + 1);
    if (colon != std::string::npos && begin != std::string::npos) return line.substr(begin);
  }
  return {};
}

std::string command_line() {
  std::ifstream stream("/proc/self/cmdline", std::ios::binary);
  std::string text;
  for (std::string word; std::getline(stream, word, '\0');) {
    if (text.empty()) {
      text = word.substr(word.rfind('/') + 1);  // The program by its name, wherever it lies.
    } else {
      text.append(" ").append(shell_quote(word));
    }
  }
  return text;
}

}  // namespace

Machine describe_machine() {
  Machine machine;
  machine.processor = value_of("/proc/cpuinfo", "model name");
  if (machine.processor.empty()) machine.processor = "unknown";
  machine.cores = HostThreads(0).stream().threads();
  const std::string megahertz = value_of("/proc/cpuinfo", "cpu MHz");
  if (!megahertz.empty()) machine.megahertz = std::stod(megahertz);
  machine.command = command_line();
  machine.date = fmt::format("{:%Y-%m-%dT%H:%M:%SZ}", fmt::gmtime(std::time(nullptr)));
  return machine;
}

std::size_t peak_memory() {
  const std::string kibibytes = value_of("/proc/self/status", "VmHWM");
  return kibibytes.empty() ? 0 : std::stoull(kibibytes) * 1024;
}

void reset_peak_memory() {
  // "5" resets the high-water mark (proc(5)); where that is forbidden the mark simply stays.
  std::ofstream("/proc/self/clear_refs") << "5";
}

}  // namespace limpid::bench
