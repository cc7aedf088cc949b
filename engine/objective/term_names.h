// What the kinds of terms are called in an objective's text.
#pragma once

#include <array>
#include <optional>
#include <string_view>
#include <utility>

#include "engine/objective/objective.h"

namespace limpid {

/// Kinds that have a name; channel, neuron and layer are written as the layer itself.
inline constexpr std::array<std::pair<std::string_view, TermKind>, 15> kTermNames = {{
    {"dir", TermKind::direction},
    {"dir", TermKind::direction_neuron},
    {"patch", TermKind::patch},
    {"match", TermKind::match},
    {"caricature", TermKind::caricature},
    {"style", TermKind::style},
    {"diversity", TermKind::diversity},
    {"align", TermKind::align},
    {"l1", TermKind::l1},
    {"l2", TermKind::l2},
    {"tv", TermKind::total_variation},
    {"blur", TermKind::blur},
    {"boundary", TermKind::boundary},
    {"distance", TermKind::distance},
    {"alpha", TermKind::alpha},
}};

inline std::string_view term_name(TermKind kind) {
  for (const auto& [name, named] : kTermNames) {
    if (named == kind) return name;
  }
  return "";
}

/// The kind of that name; "dir" is `direction` whatever may follow it.
inline std::optional<TermKind> named_term(std::string_view name) {
  for (const auto& [known, kind] : kTermNames) {
    if (known == name) return kind;
  }
  return std::nullopt;
}

}  // namespace limpid
