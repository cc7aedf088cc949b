#include "tools/kept_inputs.h"

#include <algorithm>
#include <array>
#include <cstdlib>
#include <filesystem>
#include <string_view>
#include <system_error>
#include <vector>

#include "kernels/core/error.h"

namespace limpid {
namespace {

namespace fs = std::filesystem;

/// Options whose value is a file to write.
constexpr std::array<std::string_view, 8> kResults = {
    "-o", "--output", "--json", "--plot", "--curves", "--animation", "--transparency", "--beside"};

bool is_result(std::string_view option) {
  return std::ranges::find(kResults, option) != kResults.end();
}

bool are_one_file(const std::string& a, const std::string& b) {
  std::error_code error;
  return fs::is_regular_file(a, error) && fs::equivalent(a, b, error) && !error;
}

}  // namespace

void check_inputs_are_kept(std::span<const std::string> words) {
  std::vector<std::string> results, inputs;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const std::size_t equals = words[i].starts_with("--") ? words[i].find('=') : std::string::npos;
    if (equals != std::string::npos) {
      (is_result(words[i].substr(0, equals)) ? results : inputs).push_back(words[i].substr(equals + 1));
    } else if (is_result(words[i]) && i + 1 < words.size()) {
      results.push_back(words[++i]);
    } else {
      inputs.push_back(words[i]);
    }
  }
  if (const char* weights = std::getenv("LIMPID_WEIGHTS"); weights != nullptr) inputs.emplace_back(weights);
  for (const std::string& result : results) {
    for (const std::string& input : inputs) {
      if (are_one_file(result, input))
        fail_usage("'{}' is what is read and what is to be written: name another file", result);
    }
  }
}

}  // namespace limpid
