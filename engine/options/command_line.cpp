#include "engine/options/command_line.h"

#include <fmt/core.h>

#include <algorithm>
#include <array>
#include <cmath>

#include "engine/options/image_options.h"
#include "engine/options/option_table.h"

namespace limpid {
namespace {

bool is_plain(unsigned char c) {
  return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') ||
         std::string_view("_-.,:@/+=%").find(static_cast<char>(c)) != std::string_view::npos;
}

/// What is said whether it is the default or not: it is what people change first.
constexpr std::array<std::string_view, 3> kAlways = {"seed", "size", "steps"};

bool said(const OptionRow& row, const RenderOptions& options, const RenderOptions& standard) {
  if (row.recorded == Recorded::never || !has_effect(row, options)) return false;
  return row.get(options) != row.get(standard) ||
         std::find(kAlways.begin(), kAlways.end(), row.key) != kAlways.end();
}

std::string words(const OptionRow& row, const OptionValue& value) {
  if (row.kind == OptionKind::flag) return fmt::format(" {}", row.long_flag());
  const std::string text = option_text(row, value);
  if (!row.off_flag.empty() && text == row.off_value) return fmt::format(" {}", row.off_flag);
  return fmt::format(" {} {}", row.long_flag(), shell_quote(text));
}

}  // namespace

std::string shell_quote(std::string_view text) {
  if (!text.empty() && std::all_of(text.begin(), text.end(), is_plain)) return std::string(text);
  std::string quoted = "'";
  for (const char c : text) {
    if (c == '\'')
      quoted += "'\\''";
    else
      quoted += c;
  }
  return quoted + "'";
}

std::string command_line(const RenderOptions& options, std::string_view weights) {
  // Neither says the rate that the command chooses by itself for this kind of picture.
  const RenderOptions standard;
  RenderOptions resolved = options;
  resolved.update.learning_rate.reset();
  if (learning_rate(options) != learning_rate(resolved))
    resolved.update.learning_rate = options.update.learning_rate;
  const bool negative = std::signbit(options.objective.terms.front().weight);
  const Objective objective = options.objective.scaled(negative ? -1.0F : 1.0F);

  // A leading hyphen would read as an option, so the sign is one.
  std::string text = fmt::format("limpid render {}", shell_quote(to_string(objective)));
  if (negative) text += " --negative";
  for (const OptionRow& row : option_table()) {
    if (said(row, resolved, standard)) text += words(row, row.get(resolved));
  }
  if (!weights.empty()) text += fmt::format(" --weights {}", shell_quote(weights));
  return text;
}

}  // namespace limpid
