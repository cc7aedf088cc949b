#include "tools/output_file.h"

#include <algorithm>
#include <system_error>

#include "kernels/core/error.h"

namespace limpid {

namespace fs = std::filesystem;

fs::path output_or_default(const std::string& given, std::string_view objective, std::string_view extension) {
  std::error_code error;
  const bool folder = given.ends_with('/') || fs::is_directory(given, error);
  if (!given.empty() && !folder) return given;
  const bool negative = objective.starts_with('-');
  std::string name(objective.substr(negative ? 1 : 0));
  const auto is_plain = [](unsigned char c) {
    return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '_' || c == '.';
  };
  std::replace_if(
      name.begin(), name.end(), [&](unsigned char c) { return !is_plain(c); }, '-');
  return fs::path(given) / (name + (negative ? "-negative" : "") + std::string(extension));
}

fs::path snapshot_output(const fs::path& output, int step) {
  fs::path snapshot = output;
  snapshot.replace_filename(
      fmt::format("{}-{:05}{}", output.stem().string(), step, output.extension().string()));
  return snapshot;
}

}  // namespace limpid
