// One term of what is maximised.
#pragma once

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <string>

#include "engine/objective/objective_data.h"
#include "kernels/ops/term_kind.h"

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

}  // namespace limpid
