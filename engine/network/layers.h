// The layers a user can name, and what is known of them before anything is planned.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "weights/layer_names.h"
#include "weights/model.h"

namespace limpid {

/// Canonical names of everything that can be a target, in forward order: convolutions, modules and their
/// branches, pools, norms, "logits" and "softmax"; then layers that were appended.
std::vector<std::string> layer_names(const Model& model);

/// `find_layer`, or by its own name a layer appended to the model. Throws Error{usage} with what may have been meant, for a name nobody knows.
NamedLayer require_layer(const Model& model, std::string_view name);

/// The same with ":pre" after the name for the values before the layer's ReLU: "mixed4d:pre".
NamedLayer require_target(const Model& model, std::string_view text);

/// Logical channels of a layer.
int channel_count(const Model& model, const std::string& layer);

/// Channels of the module's branch that `channel` belongs to; all of the layer, as an empty list, where it is
/// no module.
std::vector<int> branch_channels(const Model& model, const std::string& layer, int channel);

/// Whether the layer ends in a ReLU, so that ":pre" makes sense: convolutions and modules do.
bool has_relu(const Model& model, const std::string& layer);

/// Whether the layer's channels are classes: those of "logits" and "softmax" are.
bool has_classes(const Model& model, const std::string& layer);

/// The layer whose channels are the classes' probabilities.
std::string probabilities_layer(const Model& model);

}  // namespace limpid
