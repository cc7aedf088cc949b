#include "tools/option_flags.h"

#include <fmt/ranges.h>

#include "engine/optimize/presets.h"
#include "kernels/core/names.h"

namespace limpid {
namespace {

std::string described(const OptionRow& row) {
  if (row.kinds == kEveryKind) return std::string(row.help);
  return fmt::format("{} ({})", row.help, fmt::join(kinds_of(row), ", "));
}

}  // namespace

void add_option_row(CLI::App& command, const OptionRow& row, std::function<void(const OptionValue&)> take) {
  const std::string group(title_of(row.group));
  if (row.kind == OptionKind::flag) {
    command
        .add_flag_callback(
            std::string(row.flag), [&row, take] { take(row.flag_sets); }, described(row))
        ->group(group);
    return;
  }
  CLI::Option* option = nullptr;
  if (row.kind == OptionKind::counts) {  // May be given several times.
    option = command
                 .add_option_function<std::vector<std::string>>(
                     std::string(row.flag),
                     [&row, take](const std::vector<std::string>& texts) {
                       take(parse_option(row, fmt::format("{}", fmt::join(texts, ","))));
                     },
                     described(row))
                 ->allow_extra_args(false);
  } else {
    option = command.add_option_function<std::string>(
        std::string(row.flag), [&row, take](const std::string& text) { take(parse_option(row, text)); },
        described(row));
  }
  option->group(group)
      ->type_name(row.names.empty() ? std::string(row.type) : fmt::format("{}", fmt::join(row.names, "|")))
      ->default_str(default_text(row));
  if (row.off_flag.empty()) return;
  command
      .add_flag_callback(
          std::string(row.off_flag), [&row, take] { take(parse_option(row, row.off_value)); },
          std::string(row.off_help))
      ->group(group)
      ->excludes(option);
}

}  // namespace limpid
