#include "engine/grid/describe_options.h"

#include <string_view>

#include "engine/optimize/presets.h"
#include "engine/options/option_table.h"

namespace limpid {
namespace {

using Json = nlohmann::ordered_json;

Json flags_of(const OptionRow& row) {
  Json flags = Json::array();
  for (std::string_view rest = row.flag; !rest.empty();) {
    const std::size_t comma = rest.find(',');
    flags.push_back(rest.substr(0, comma));
    rest = comma == rest.npos ? std::string_view() : rest.substr(comma + 1);
  }
  if (!row.off_flag.empty()) flags.push_back(row.off_flag);
  return flags;
}

}  // namespace

Json describe_options() {
  Json options = Json::array();
  for (const OptionRow& row : option_table()) {
    if (!row.is_field()) continue;
    options.push_back({{"name", row.key},
                       {"flags", flags_of(row)},
                       {"kind", name_of(row.kind)},
                       {"group", title_of(row.group)},
                       {"values", expected(row)},
                       {"default", default_text(row)},
                       {"help", row.help},
                       {"param", kinds_of(row)}});
  }
  return {{"options", std::move(options)}, {"presets", preset_names()}};
}

}  // namespace limpid
