#include "engine/objective/term_table.h"

#include <fmt/ranges.h>

#include <cmath>
#include <stdexcept>

namespace limpid {

float TermOption::get(const ObjectiveTerm& term) const {
  return std::visit([&](auto value) { return static_cast<float>(term.*value); }, member);
}

void TermOption::set(ObjectiveTerm& term, float value) const {
  std::visit([&](auto place) { term.*place = static_cast<std::decay_t<decltype(term.*place)>>(value); },
             member);
}

bool TermOption::allows(float value) const {
  return std::isfinite(value) && value >= least && value <= most && (!whole() || value == std::floor(value));
}

std::string TermOption::expected() const {
  const char* number = whole() ? "a whole number" : "a number";
  if (std::isinf(least)) return number;
  return std::isinf(most) ? fmt::format("{} from {} on", number, least)
                          : fmt::format("{} from {} to {}", number, least, most);
}

const TermRow& row_of(TermKind kind) {
  for (const TermRow& row : term_table()) {
    if (row.kind == kind) return row;
  }
  throw std::logic_error(fmt::format("term kind {} has no row", static_cast<int>(kind)));
}

const TermRow* find_term(std::string_view name) {
  for (const TermRow& row : term_table()) {
    if (!name.empty() && row.name == name) return &row;
  }
  return nullptr;
}

std::string form_of(const TermRow& row) {
  std::string text(row.example);
  for (const TermArgument argument : row.arguments) {
    if (argument == TermArgument::direction) text += ", with a file of .npy or .h5, or random:7";
    if (argument == TermArgument::patch) text += ", with a file of .npy or .h5";
    if (argument == TermArgument::photo) text += ", with quotes around names such as \"photo (1).jpg\"";
  }
  std::vector<std::string> options;
  for (const TermOption& option : row.options) {
    options.push_back(fmt::format("{}={}", option.name, option.sample));
  }
  if (row.arguments.front() == TermArgument::none) {
    return options.empty() ? text + ", without arguments"
                           : fmt::format("{}, or {}({})", text, row.name, fmt::join(options, ", "));
  }
  if (row.at_position) options.emplace_back("@7,7");
  if (!options.empty()) text += fmt::format("; {} may follow", fmt::join(options, " and "));
  return text;
}

}  // namespace limpid
