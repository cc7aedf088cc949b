#include "tools/grid/grid_files.h"

#include "tools/output_file.h"

namespace limpid {
namespace {

/// Longer names are a burden; what the store holds stands in its manifest.
constexpr std::size_t kLongestStem = 64;

std::string default_name(const std::vector<std::string>& entries) {
  std::string name;
  for (const std::string& entry : entries) {
    const bool file = entry.ends_with(".json");
    if (!name.empty()) name += '-';
    name += output_or_default("", file ? std::filesystem::path(entry).stem().string() : entry, "").string();
  }
  return name.size() <= kLongestStem ? name : "grid";
}

}  // namespace

GridFiles grid_files(const std::string& output, const std::vector<std::string>& entries) {
  std::filesystem::path name = output.empty() ? default_name(entries) : output;
  if (!name.has_filename()) name = name.parent_path();  // A slash at the end, as shells complete it.
  if (name.extension() == ".limpid" || name.extension() == ".png") name.replace_extension();
  return {name.string() + ".limpid", name.string() + ".png"};
}

}  // namespace limpid
