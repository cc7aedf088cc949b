// The nodes of a network as JSON, as the weights file keeps them.
#pragma once

#include <string>
#include <vector>

#include "weights/network.h"

namespace limpid {

/// One object a node, in topological order; weights/README.md says what is in them. ASCII.
std::vector<std::string> nodes_to_json(const Network& network);

/// The layers, without their values, that the nodes append to InceptionV1 of the model's rules. Throws Error{input}
/// beginning with `what` where the nodes are no JSON, begin with another network, or go on with anything but 1x1
/// convolutions and ReLUs behind them.
std::vector<AppendedLayer> appended_from_json(const std::vector<std::string>& nodes, const Model& model,
                                              const std::string& what);

}  // namespace limpid
