#include "engine/objective/objective.h"

#include <algorithm>
#include <cmath>

#include "engine/objective/term_names.h"
#include "kernels/core/error.h"

namespace limpid {

bool reads_map(TermKind kind) {
  return kind < TermKind::l1;
}

const ObjectiveTerm& Objective::leading() const {
  const auto found = std::find_if(terms.begin(), terms.end(),
                                  [](const ObjectiveTerm& term) { return reads_map(term.kind); });
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
std::string map_text(const ObjectiveTerm& term) {
  const bool of_channel = term.kind == TermKind::channel || term.kind == TermKind::neuron;
  return fmt::format("{}{}{}", term.layer, of_channel ? fmt::format(":{}", term.channel) : "",
                     term.pre_relu ? ":pre" : "");
}

std::string position_text(const ObjectiveTerm& term) {
  if (term.kind != TermKind::neuron && term.kind != TermKind::direction_neuron) return "";
  return term.position ? fmt::format("@{},{}", term.position->y, term.position->x) : "@c";
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

/// A term without its weight.
std::string atom_text(const ObjectiveTerm& term) {
  const std::string name(term_name(term.kind));
  const std::string power = term.cosine_power != 0 ? fmt::format(", cossim={}", term.cosine_power) : "";
  switch (term.kind) {
    case TermKind::channel:
    case TermKind::neuron:
    case TermKind::layer:
      return map_text(term) + position_text(term);
    case TermKind::direction:
    case TermKind::direction_neuron:
    case TermKind::patch:
      return fmt::format("{}({}, {}{}){}", name, map_text(term), source_text(term), power,
                         position_text(term));
    case TermKind::match:
    case TermKind::caricature:
    case TermKind::style:
      return fmt::format("{}({}, {}{})", name, source_text(term), map_text(term), power);
    case TermKind::diversity:
    case TermKind::align:
      return fmt::format("{}({})", name, map_text(term));
    case TermKind::l1:
    case TermKind::l2:
      return term.centre == ObjectiveTerm{}.centre ? name : fmt::format("{}(centre={})", name, term.centre);
    case TermKind::boundary: {
      const bool plain = term.centre == ObjectiveTerm{}.centre && term.frame == ObjectiveTerm{}.frame;
      return plain ? name : fmt::format("{}(frame={}, centre={})", name, term.frame, term.centre);
    }
    case TermKind::total_variation:
    case TermKind::blur:
    case TermKind::alpha:
      return name;
    case TermKind::distance:
      return fmt::format("{}({})", name, source_text(term));
  }
  return name;
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
