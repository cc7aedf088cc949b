// What is maximised, and its text form.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/objective/objective_data.h"
#include "weights/model.h"

namespace limpid {

/// How an activation map T (C x H x W) or the picture x (3 x h x w, values in [0, 1]) becomes one number:
/// definitions of Olah et al., Distill 2017, and lucid. The formulas, and where peers differ, stand with the
/// kernels: kernels/ops/objective_seed.h, gram.h, image_penalty.h.
enum class TermKind {
  // Of a map.
  channel,    ///< Mean over positions of T[c]. Logits and class probabilities are channels of 1 x 1 maps.
  neuron,     ///< T[c, y, x].
  layer,      ///< Mean over channels and positions of T^2 (DeepDream).
  direction,  ///< Mean over positions of T . v, times a power of the cosine.
  direction_neuron,  ///< The same at one position.
  patch,             ///< The same over a patch in the middle, with a vector for each of its positions.
  // Of a map and that of a photo seen through the same views.
  match,       ///< Minus the mean absolute difference (feature inversion).
  caricature,  ///< The dot product of both maps, times a power of their cosine.
  style,       ///< Minus the mean absolute difference of their Gram matrices.
  // Of the maps of one job's images.
  diversity,  ///< Minus the sum of cosines between an image's Gram matrix and every other one's.
  align,      ///< Minus the mean squared differences to the images that follow.
  // Of the picture, before the views; all are measures of what is mostly unwanted, to be subtracted.
  l1,               ///< Sum of |x - centre|.
  l2,               ///< Root of the sum of (x - centre)^2.
  total_variation,  ///< Sum of absolute differences between neighbours.
  blur,             ///< Half the squared distance from the picture's own blurred self.
  boundary,         ///< Complexity of a frame around the picture.
  distance,         ///< Root mean square difference from a photo.
  alpha,            ///< Mean of the opacity, of pictures that have one.
};

/// Whether the kind reads a layer's map; the others read the picture itself.
bool reads_map(TermKind kind);

/// A position on an activation map.
struct Position {
  int y = 0, x = 0;
};

/// Weights that change over the images of a job: image i of n has t = i / (n - 1).
enum class Ramp {
  none,
  falling,  ///< weight * (1 - t).
  rising,   ///< weight * t.
};

/// One term: weight * kind(layer or picture).
struct ObjectiveTerm {
  TermKind kind = TermKind::channel;
  std::string layer;      ///< Canonical name: a module, a convolution, "logits"; empty for the picture.
  bool pre_relu = false;  ///< Before the ReLU of the layer.
  int channel = 0;        ///< Logical channel (channel and neuron).
  std::optional<Position> position;  ///< Neuron and direction_neuron; empty is the centre (h / 2, w / 2).
  float weight = 1;                  ///< Negative to minimise.
  float cosine_power = 0;  ///< direction, direction_neuron, patch, caricature: lucid's cossim_pow, >= 0.
  float centre = 0.5F;     ///< l1, l2, boundary: the colour that costs nothing.
  int frame = 20;          ///< boundary: width of the frame in pixels.
  Ramp ramp = Ramp::none;
  std::string source = {};                   ///< Of the direction, patch or photo, as it was written.
  std::optional<std::uint64_t> random = {};  ///< Seed of a direction that is drawn instead of read.
  std::shared_ptr<const FeatureVectors> vectors = {};  ///< Direction and patch; null until it is read.
  std::shared_ptr<const Image> photo = {};  ///< match, caricature, style, distance; null until it is read.
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
