#include "tests/tools/every_option.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>
#include <string_view>
#include <utility>

#include "engine/image/prior_file.h"
#include "engine/optimize/presets.h"
#include "engine/options/option_table.h"
#include "kernels/core/names.h"
#include "tests/engine/other_value.h"

namespace limpid::testing {
namespace {

const std::set<std::string_view> kApart = {"param", "size", "device", "precision", "threads", "thresholds"};

using Files = std::map<std::string_view, std::string>;

Files files_in(const std::filesystem::path& folder) {
  const std::filesystem::path fixtures = LIMPID_FIXTURES, prior = folder / "prior.h5";
  write_prior({1, {}, {{{{1, 0, 0}, {0, 1, 0}, {0, 0, 1}}}, {}}, 4, 4, std::vector<float>(36, 1)}, prior);
  return {{"init", fixtures / "rgb8.png"},
          {"mask", fixtures / "rgb8.png"},
          {"prior", prior},
          {"decoder", fixtures / "decoder.h5"}};
}

std::vector<std::string> of_kind(Parameterisation kind, const Files& files) {
  if (kind == Parameterisation{}) return {};
  std::vector<std::string> arguments = {"--param", std::string(name_of(kind))};
  if (kind == Parameterisation::decoder)
    arguments.insert(arguments.end(), {"--decoder", files.at("decoder")});
  return arguments;
}

/// On the first kind of parameters that has it.
std::vector<std::string> with(const OptionRow& row, const Files& files) {
  const auto kinds = enumerators<Parameterisation>();
  const auto kind =
      std::ranges::find_if(kinds, [&](const auto& k) { return (row.kinds & bit(k.first)) != 0; });
  std::vector<std::string> arguments = of_kind(kind->first, files);
  if (row.key == "decoder") return arguments;
  if (row.key == "normalise_gradient") arguments.insert(arguments.end(), {"--optimiser", "ascent"});
  if (row.key == "shared") arguments.insert(arguments.end(), {"--images", "2"});
  arguments.emplace_back(row.long_flag());
  if (row.kind == OptionKind::file) {
    arguments.push_back(files.at(row.key));
  } else if (row.kind != OptionKind::flag) {
    arguments.push_back(other_value(row));
  }
  return arguments;
}

}  // namespace

std::vector<OptionCase> every_option(const std::filesystem::path& folder) {
  const Files files = files_in(folder);
  std::vector<OptionCase> cases;
  for (const OptionRow& row : option_table()) {
    if (kApart.contains(row.key)) continue;
    cases.push_back({std::string(row.key), with(row, files)});
    if (!row.off_flag.empty()) cases.push_back({std::string(row.off_flag), {std::string(row.off_flag)}});
  }
  for (const auto& [kind, name] : enumerators<Parameterisation>())
    cases.push_back({fmt::format("param {}", name), of_kind(kind, files)});
  for (const std::string& name : preset_names())
    cases.push_back({fmt::format("preset {}", name), {"--preset", name}});
  return cases;
}

}  // namespace limpid::testing
