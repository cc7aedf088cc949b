// What is maximised, and its text form.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "weights/model.h"

namespace limpid {

/// How an activation map T (C x H x W) becomes one number (definitions of Olah et al., Distill 2017, and
/// lucid).
enum class ObjectiveKind {
  channel,  ///< Mean over positions of T[c]. Logits and class probabilities are channels of a 1 x 1 map.
  neuron,   ///< T[c, y, x].
  layer,    ///< Mean over channels and positions of T^2 (DeepDream).
};

/// A position on an activation map.
struct Position {
  int y = 0, x = 0;
};

/// One term to maximise: weight * kind(layer).
struct Objective {
  ObjectiveKind kind = ObjectiveKind::channel;
  std::string layer;                 ///< Canonical name: a module, a convolution, "logits" or "softmax".
  bool pre_relu = false;             ///< Before the ReLU of the layer.
  int channel = 0;                   ///< Logical channel (channel and neuron).
  std::optional<Position> position;  ///< Neuron only; empty is the centre (h / 2, w / 2).
  float weight = 1;                  ///< Negative to minimise.
};

/// Parses `[-]layer[:pre][:channel][:pre][@y,x|@c]`, e.g. "mixed4a:11", "-mixed4d:139:pre", "mixed4a:11@7,7",
/// "mixed4a", "logits:281". A label of the model names a class: "logits:tabby". Checks the layer (suggesting
/// the nearest name) and the channel (stating the range) against `model`. Throws Error{usage}.
Objective parse_objective(std::string_view text, const Model& model);

/// The canonical text of an objective; parse_objective reads it back.
std::string to_string(const Objective& objective);

}  // namespace limpid
