// What may stand in the tables of the option reference, as arguments of a command.
#pragma once

#include <filesystem>
#include <string>
#include <vector>

namespace limpid::testing {

struct OptionCase {
  std::string name;
  std::vector<std::string> arguments;
};

/// Every option at another value than its default, beside what it needs, but for those that commands have of their own: size,
/// device, precision, threads, thresholds; every parameterisation; every preset. Pictures are to be 32 x 32. Files that are named
/// are the fixtures' or written into the folder.
std::vector<OptionCase> every_option(const std::filesystem::path& folder);

}  // namespace limpid::testing
