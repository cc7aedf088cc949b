#include "weights/labels.h"

#include <algorithm>
#include <cstdint>
#include <sstream>
#include <string_view>

#include "kernels/core/error.h"
#include "weights/file_bytes.h"

namespace limpid {
namespace {

constexpr std::uint64_t kMaxFileSize = 16U << 20U;

/// "n01440764 tench, Tinca tinca" -> "tench, Tinca tinca"; other lines stay as they are.
std::string_view without_wordnet_id(std::string_view line) {
  constexpr std::size_t digits = 8;
  if (line.size() < digits + 3 || line[0] != 'n' || line[digits + 1] != ' ') return line;
  const std::string_view id = line.substr(1, digits);
  const bool is_id = std::all_of(id.begin(), id.end(), [](char c) { return c >= '0' && c <= '9'; });
  return is_id ? line.substr(digits + 2) : line;
}

bool is_control(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
}

}  // namespace

std::vector<std::string> read_labels(const std::filesystem::path& path) {
  if (check_readable(path) > kMaxFileSize) {
    fail_input("'{}' is larger than {} MiB: that is no list of labels", path.string(), kMaxFileSize >> 20U);
  }
  std::vector<std::string> labels;
  std::istringstream text(read_bytes(path));
  for (std::string line; std::getline(text, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (line.empty())
      fail_input("'{}': line {} is empty; line i names class i", path.string(), labels.size() + 1);
    if (std::any_of(line.begin(), line.end(), is_control)) {
      fail_input("'{}': line {} is not text", path.string(), labels.size() + 1);
    }
    labels.emplace_back(without_wordnet_id(line));
  }
  return labels;
}

}  // namespace limpid
