// The nodes of a network as JSON, as the weights file keeps them.
#pragma once

#include <string>
#include <vector>

#include "weights/network.h"

namespace limpid {

/// One object a node, in topological order; weights/README.md says what is in them. ASCII.
std::vector<std::string> nodes_to_json(const Network& network);

/// The network of those nodes, which begins with `known`, and goes on with convolutions and ReLUs. Throws Error{input}
/// beginning with `what` where they are no JSON, begin with another network, or go on with anything else.
Network network_from_json(const std::vector<std::string>& nodes, const Network& known,
                          const std::string& what);

}  // namespace limpid
