// The page of a photo's groups.
#pragma once

#include <string>

#include "tools/attribute/neuron_groups.h"

namespace limpid {

/// What the page says of all its groups.
struct GroupsText {
  std::string photo, layer;
  std::string command;    ///< That made it.
  std::string from = {};  ///< The layer below, where there are groups of one.
};

/// HTML for a folder with overlay.png and, for each group, icon-N.png and part-N.png; where there are groups `below`, the same with
/// from- before the names, and flow.svg. Nothing is fetched from anywhere, and there is no script.
std::string groups_page(const GroupsText& text, const NeuronGroups& groups,
                        const NeuronGroups* below = nullptr);

}  // namespace limpid
