// What is maximised, and its text form.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/objective/objective_data.h"
#include "kernels/ops/term_kind.h"
#include "weights/model.h"

namespace limpid {

/// A position on an activation map; without coordinates its centre (h / 2, w / 2).
struct Position {
  static constexpr int kCentre = std::numeric_limits<int>::min();

  int y = kCentre, x = kCentre;

  bool is_centre() const { return y == kCentre && x == kCentre; }
};

/// Weights that change over the images of a job: image i of n has t = i / (n - 1).
enum class Ramp {
  none,
  falling,  ///< weight * (1 - t).
  rising,   ///< weight * t.
};

/// One term: weight * kind(layer or picture). Which kind reads which member stands in term_table.h.
struct ObjectiveTerm {
  TermKind kind = TermKind::channel;
  std::string layer;      ///< Canonical name: a module, a convolution, "logits"; empty for the picture.
  bool pre_relu = false;  ///< Before the ReLU of the layer.
  int channel = 0;        ///< Logical channel, of kinds of one channel.
  std::optional<Position> position;  ///< The only one that counts (a neuron); empty: the whole map.
  float weight = 1;                  ///< Negative to minimise.
  float cosine_power = 0;            ///< Option "cossim": lucid's cossim_pow, >= 0.
  float centre = 0.5F;               ///< Option "centre": the colour that costs nothing.
  int frame = 20;                    ///< Option "frame": its width in pixels.
  Ramp ramp = Ramp::none;
  std::string source = {};                             ///< Of the vectors or photo, as it was written.
  std::optional<std::uint64_t> random = {};            ///< Seed of a direction that is drawn instead of read.
  std::shared_ptr<const FeatureVectors> vectors = {};  ///< Direction or patch; null until it is read.
  std::shared_ptr<const Image> photo = {};             ///< Null until it is read.
};

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
