// Reports of defects, and the settings of the environment.
#include <dlfcn.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <utility>

#include "tests/cuda_on_cpu/machine.h"

namespace emulated {
namespace {

constexpr int kExitCode = 86;

struct Reports {
  std::map<std::string, std::uint64_t> counts;
  std::map<std::string, int> handles;

  ~Reports() {
    for (const auto& [kind, left] : handles) {
      if (left != 0) report("never destroyed", std::to_string(left) + " " + kind);
    }
    if (counts.empty()) return;
    std::fprintf(stderr, "emulated device: %zu kinds of defects\n", counts.size());
    std::fflush(nullptr);
    _exit(kExitCode);
  }
};

Reports& reports() {
  static Reports instance;
  return instance;
}
/// Made before what the program makes, and so destroyed after it.
[[maybe_unused]] const Reports& made_first = reports();

/// For addr2line: the library and the offset of the instruction before `code`.
std::string place_of(const void* code) {
  Dl_info info{};
  if (code == nullptr || dladdr(code, &info) == 0 || info.dli_fname == nullptr) return {};
  const char* slash = std::strrchr(info.dli_fname, '/');
  char text[300];
  std::snprintf(text, sizeof text, " at %s+0x%llx", slash == nullptr ? info.dli_fname : slash + 1,
                static_cast<unsigned long long>(static_cast<const char*>(code) -
                                                static_cast<const char*>(info.dli_fbase) - 1));
  return text;
}

}  // namespace

std::recursive_mutex machine;

void report(const std::string& kind, const std::string& detail, const void* code) {
  const std::string head =
      kind + " in " + (running == nullptr ? "host code" : running->name) + place_of(code);
  if (++reports().counts[head] == 1) {
    std::fprintf(stderr, "emulated device: %s%s%s\n", head.c_str(), detail.empty() ? "" : ": ",
                 detail.c_str());
  }
}

std::vector<std::string> take_reports() {
  std::vector<std::string> result;
  for (const auto& [text, count] : std::exchange(reports().counts, {})) result.push_back(text);
  return result;
}

void count_handles(const char* kind, int change) {
  const Turn turn(machine);
  reports().handles[kind] += change;
}

int setting(const char* name, int otherwise) {
  const char* value = std::getenv(name);
  return value == nullptr ? otherwise : std::atoi(value);
}

std::uint64_t random_number() {
  static std::uint64_t state =
      static_cast<std::uint64_t>(setting("EMULATED_SEED", 1)) * 0x9e3779b97f4a7c15ULL + 1;
  state ^= state << 13;
  state ^= state >> 7;
  state ^= state << 17;
  return state;
}

}  // namespace emulated
