#include "tools/help/option_reference.h"

#include <fmt/ranges.h>

#include <algorithm>

#include "engine/optimize/presets.h"
#include "engine/options/option_table.h"
#include "tools/option_flags.h"

namespace limpid {
namespace {

/// A bar would end a table's cell.
std::string cell(std::string text) {
  for (std::size_t at = text.find('|'); at != text.npos; at = text.find('|', at + 2)) text.insert(at, "\\");
  return text;
}

std::string flags(const OptionRow& row) {
  std::string text(row.flag);
  for (std::size_t at = text.find(','); at != text.npos; at = text.find(',', at + 5))
    text.replace(at, 1, "`, `");
  text = "`" + text + "`";
  if (!row.off_flag.empty()) text += fmt::format(", `{}`", row.off_flag);
  return text;
}

std::string values(const OptionRow& row) {
  if (row.kind == OptionKind::flag) return "";
  return cell(fmt::format("{}; {}", expected(row), default_text(row)));
}

std::string line(const OptionRow& row) {
  std::string what(row.help);
  if (row.kinds != kEveryKind) what += fmt::format(" ({})", fmt::join(kinds_of(row), ", "));
  const std::string key = row.is_field() ? fmt::format("`{}`", row.key) : std::string();
  const std::string example =
      row.example.empty() ? std::string() : fmt::format("`mixed4a:33 {}`", row.example);
  return fmt::format("| {} | {} | {} | {} | {} |\n", flags(row), cell(what), values(row), key, example);
}

}  // namespace

std::string option_reference() {
  std::string page =
      "# Options of a render\n\n"
      "What `limpid render` and `limpid grid` take, one picture or a layer of them. In lists of jobs (`jobs.json`) and "
      "in a store's\nmanifest an option is a field, named in the fourth column; a flag is true or false there, a size "
      "`[height, width]`, a file its\nname. After the semicolon stands what is taken where nothing is said. An example "
      "follows `limpid render`.\n\n"
      "This page is what `limpid help options` prints.\n";
  for (const OptionGroup group : kOptionGroups) {
    page += fmt::format(
        "\n## {}\n\n| Option | What it does | Values; default | Field | Example |\n|---|---|---|---|---|\n",
        title_of(group));
    for (const OptionRow& row : option_table()) {
      if (row.group == group) page += line(row);
    }
  }
  page +=
      "\n## Presets\n\n`--preset NAME`, field `preset`: what it sets is taken where nothing else is said.\n\n| Preset | What it sets |\n|---|---|\n";
  for (const std::string& name : preset_names()) {
    std::string text;
    for (const PresetValue& value : preset_values(name)) {
      text +=
          fmt::format("{}`{} {}`", text.empty() ? "" : ", ", find_option(value.key)->long_flag(), value.text);
    }
    page += fmt::format("| {} | {} |\n", name, text.empty() ? "nothing: the defaults" : text);
  }
  return page;
}

}  // namespace limpid
