#include "engine/objective/objective.h"

#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>

#include "engine/objective/term_table.h"
#include "kernels/core/error.h"

namespace limpid {

const ObjectiveTerm& Objective::leading() const {
  const auto found = std::find_if(terms.begin(), terms.end(),
                                  [](const ObjectiveTerm& term) { return row_of(term).reads_map(); });
  if (found == terms.end()) fail_usage("an objective needs a term that reads a layer");
  return *found;
}

Objective Objective::scaled(float factor) const {
  Objective result = *this;
  for (ObjectiveTerm& term : result.terms) term.weight *= factor;
  return result;
}

Objective channel_objective(std::string layer, int channel) {
  ObjectiveTerm term;
  term.layer = std::move(layer);
  term.channel = channel;
  return term;
}

namespace {

/// "layer[:channel][:pre]".
std::string map_text(const ObjectiveTerm& term, const TermRow& row) {
  return fmt::format("{}{}{}", term.layer, row.one_channel ? fmt::format(":{}", term.channel) : "",
                     term.pre_relu ? ":pre" : "");
}

std::string position_text(const ObjectiveTerm& term) {
  if (!term.position) return "";
  return term.position->is_centre() ? "@c" : fmt::format("@{},{}", term.position->y, term.position->x);
}

/// A file's name as the parser reads it back: quoted where it would end early, or read as something else.
std::string source_text(const ObjectiveTerm& term) {
  const std::string& name = term.source;
  const bool plain = !name.empty() && name.find_first_of("=,)") == std::string::npos && name.front() != ' ' &&
                     name.back() != ' ' && name.front() != '"' && name.front() != '\'' &&
                     (term.random || !name.starts_with("random:"));
  if (plain) return name;
  std::string quoted = "\"";
  for (const char c : name) quoted += c == '"' ? "\"\"" : std::string(1, c);
  return quoted + "\"";
}

/// All options of the kind where one of them is not as usual, else none.
void add_options(std::vector<std::string>& parts, const ObjectiveTerm& term, const TermRow& row) {
  const ObjectiveTerm usual;
  if (std::all_of(row.options.begin(), row.options.end(),
                  [&](const TermOption& option) { return option.get(term) == option.get(usual); })) {
    return;
  }
  for (const TermOption& option : row.options) {
    parts.push_back(fmt::format("{}={}", option.name, option.get(term)));
  }
}

/// A term without its weight.
std::string atom_text(const ObjectiveTerm& term) {
  const TermRow& row = row_of(term);
  if (row.name.empty()) return map_text(term, row) + position_text(term);
  std::vector<std::string> parts;
  for (const TermArgument argument : row.arguments) {
    if (argument == TermArgument::none) continue;
    const bool layer = argument == TermArgument::layer || argument == TermArgument::layers;
    parts.push_back(layer ? map_text(term, row) : source_text(term));
  }
  add_options(parts, term, row);
  if (parts.empty()) return std::string(row.name);
  return fmt::format("{}({}){}", row.name, fmt::join(parts, ", "), position_text(term));
}

std::string weight_text(float magnitude) {
  return magnitude == 1 ? "" : fmt::format("{}*", magnitude);
}

}  // namespace

std::string to_string(const ObjectiveTerm& term) {
  return fmt::format("{}{}{}", std::signbit(term.weight) ? "-" : "", weight_text(std::abs(term.weight)),
                     atom_text(term));
}

std::string to_string(const Objective& objective) {
  std::string text;
  for (std::size_t i = 0; i < objective.terms.size(); ++i) {
    const ObjectiveTerm& term = objective.terms[i];
    const bool negative = std::signbit(term.weight);
    if (i > 0) text += negative ? " - " : " + ";
    const std::string amount = weight_text(std::abs(term.weight));
    // Both ends of a ramp have the same weight and follow each other: mix(a, b).
    if (term.ramp == Ramp::falling && i + 1 < objective.terms.size()) {
      text += fmt::format("{}{}mix({}, {})", i == 0 && negative ? "-" : "", amount, atom_text(term),
                          atom_text(objective.terms[i + 1]));
      ++i;
      continue;
    }
    text += fmt::format("{}{}{}", i == 0 && negative ? "-" : "", amount, atom_text(term));
  }
  return text;
}

}  // namespace limpid
