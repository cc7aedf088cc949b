#include "tools/gallery/keys.h"

#include <fmt/core.h>

#include <cmath>
#include <map>

namespace limpid {

std::string subject(const RenderOptions& options) {
  const bool negative = std::signbit(options.objective.terms.front().weight);
  return to_string(options.objective.scaled(negative ? -1.0F : 1.0F));
}

std::vector<std::string> picture_keys(const std::vector<RenderOptions>& jobs) {
  std::map<std::string, int> sharing;
  for (const RenderOptions& job : jobs) ++sharing[to_string(job.objective)];

  std::vector<std::string> keys;
  std::map<std::string, int> uses;
  for (const RenderOptions& job : jobs) {
    std::string key = to_string(job.objective);
    if (sharing[key] > 1) key += fmt::format("~{}", job.seed);
    const int use = ++uses[key];
    keys.push_back(use == 1 ? key : fmt::format("{}~{}", key, use));
  }
  return keys;
}

}  // namespace limpid
