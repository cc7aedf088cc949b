#include "tools/help/help_format.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "tools/help/wrapped.h"

namespace limpid {
namespace {

constexpr std::size_t kLeftColumn = 24;

bool is_choice(const std::string& word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

/// "TEXT:{a,b}" of an option that CLI11 checks: the braces' content with bars.
std::string plain_type(const std::string& type) {
  const std::size_t open = type.find('{');
  if (open == type.npos) return type.substr(0, type.find(':'));
  std::string words = type.substr(open + 1, type.rfind('}') - open - 1);
  std::replace(words.begin(), words.end(), ',', '|');
  return words;
}

}  // namespace

ValueType value_type(const CLI::Option& option) {
  ValueType type;
  if (option.get_type_size() == 0) return type;
  type.shown = plain_type(option.get_type_name());
  for (const std::string& word : CLI::detail::split(type.shown, '|')) {
    if (is_choice(word)) type.choices.push_back(word);
    if (word.find("FILE") != word.npos) type.file = true;
    if (word.find("FOLDER") != word.npos || word.find("DIR") != word.npos) type.folder = true;
  }
  return type;
}

std::string description_of(const CLI::Option& option) {
  std::string text = option.get_description();
  if (!option.get_default_str().empty()) text += fmt::format(" [{}]", option.get_default_str());
  for (const CLI::Option* other : option.get_needs()) text += fmt::format("; with {}", other->get_name());
  return text;
}

std::string HelpFormatter::make_help(const CLI::App* command, std::string name,
                                     CLI::AppFormatMode mode) const {
  // CLI11 leaves two empty lines between groups.
  return CLI::detail::find_and_replace(CLI::Formatter::make_help(command, std::move(name), mode), "\n\n\n",
                                       "\n\n");
}

std::string HelpFormatter::make_option(const CLI::Option* option, bool is_positional) const {
  const ValueType type = value_type(*option);
  std::string left = is_positional ? option->get_name(true) : option->get_name(false, true);
  if (!is_positional && !type.shown.empty()) left += " " + type.shown;
  std::string right = description_of(*option);
  if (option->get_required() && !is_positional) right += " (required)";
  return two_columns(left, right);
}

std::string HelpFormatter::make_subcommand(const CLI::App* command) const {
  return two_columns(command->get_display_name(true), command->get_description());
}

std::string HelpFormatter::make_description(const CLI::App* command) const {
  return wrapped(command->get_description(), columns_) + "\n";
}

std::string HelpFormatter::make_footer(const CLI::App* command) const {
  return command->get_footer().empty() ? std::string() : wrapped(command->get_footer(), columns_) + "\n";
}

std::string HelpFormatter::two_columns(const std::string& left, const std::string& right) const {
  const bool fits = left.size() + 4 <= kLeftColumn;
  const std::string text = wrapped(std::string(kLeftColumn, ' ') + right, columns_);
  return fits ? "  " + fmt::format("{:<{}}", left, kLeftColumn - 2) + text.substr(kLeftColumn) + "\n"
              : "  " + left + "\n" + text + "\n";
}

}  // namespace limpid
