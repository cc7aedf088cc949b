#include "weights/locate.h"

#include <fmt/ranges.h>

#include <cstdlib>
#include <string>
#include <system_error>
#include <vector>

#include "kernels/core/error.h"
#include "kernels/core/own_folders.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

/// The variable's value; empty when it is unset.
fs::path environment(const char* name) {
  const char* value = std::getenv(name);
  return value == nullptr ? fs::path() : fs::path(value);
}

/// Where weights lie that nobody names, the first of them first.
std::vector<fs::path> usual_places() {
  std::vector<fs::path> places;
  if (const fs::path cache = cache_directory(); !cache.empty()) {
    places.push_back(cache / "bvlc_googlenet.h5");
    places.push_back(cache / "inception5h.h5");
  }
  for (const fs::path& folder : data_folders()) places.push_back(folder / "default.h5");
#ifdef LIMPID_SOURCE_WEIGHTS
  places.emplace_back(LIMPID_SOURCE_WEIGHTS);
#endif
  return places;
}

}  // namespace

fs::path cache_directory() {
  // A relative $XDG_CACHE_HOME is invalid and to be ignored, says the XDG Base Directory Specification.
  const fs::path xdg = environment("XDG_CACHE_HOME");
  if (xdg.is_absolute()) return xdg / "limpid";
  const fs::path home = environment("HOME");
  return home.empty() ? fs::path() : home / ".cache" / "limpid";
}

fs::path locate_weights(const std::optional<fs::path>& given) {
  std::error_code error;
  if (given) {
    if (given->empty()) fail_usage("the weights file's name is empty");
    if (given->has_parent_path() || fs::exists(*given, error)) return *given;
    for (const fs::path& place : usual_places()) {
      if (place.filename() == *given && fs::exists(place, error)) return place;
    }
    return *given;
  }
  if (const fs::path variable = environment("LIMPID_WEIGHTS"); !variable.empty()) return variable;

  std::vector<std::string> tried;
  for (const fs::path& place : usual_places()) {
    if (fs::exists(place, error)) return place;
    tried.push_back(place.string());
  }
  fail_input("no weights found: give --weights or set LIMPID_WEIGHTS (tried {})", fmt::join(tried, ", "));
}

}  // namespace limpid
