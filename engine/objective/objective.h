// What is maximised, and its text form.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/objective/objective_data.h"
#include "engine/objective/objective_term.h"
#include "weights/model.h"

namespace limpid {

/// A weighted sum of terms, to be maximised. At least one of them reads a map.
struct Objective {
  std::vector<ObjectiveTerm> terms;

  Objective() = default;
  Objective(ObjectiveTerm term) : terms{std::move(term)} {}  // NOLINT: a term is an objective.

  /// The first term that reads a map: where a picture belongs among others of its layer. There must be one.
  const ObjectiveTerm& leading() const;

  /// Every weight times `factor`: -1 minimises.
  Objective scaled(float factor) const;
};

/// The mean over positions of one channel.
Objective channel_objective(std::string layer, int channel);

/// Parses a sum of terms, e.g. "mixed4a:11", "0.5*mixed4a:11 + mixed4b:3 - 0.1*tv", "dir(mixed4a, v.npy,
/// cossim=2)@7,7"; `limpid render --help` and the README list every form. A binary + or - stands between
/// spaces, since names and labels may hold hyphens. A label of the model names a class: "logits:tabby".
///
/// Checks layers (suggesting the nearest name) and channels (stating the range) against `model`. `files`
/// reads what terms name; without it photos and directions of files stay unread, which is enough to print an
/// objective or to sort it. Throws Error{usage} with the position in the text and what was expected there,
/// and what `files` throws.
Objective parse_objective(std::string_view text, const Model& model, ObjectiveFiles* files = nullptr);

/// The same of what is only watched, which may read the picture alone: "tv".
Objective parse_watched(std::string_view text, const Model& model, ObjectiveFiles* files = nullptr);

/// The canonical text of an objective; parse_objective reads it back.
std::string to_string(const Objective& objective);
std::string to_string(const ObjectiveTerm& term);

}  // namespace limpid
