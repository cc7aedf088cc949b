// From the groups of one layer to those of a layer above it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/image/image.h"
#include "engine/network/compute_options.h"
#include "engine/session/queries.h"
#include "tools/attribute/neuron_groups.h"
#include "weights/model.h"

namespace limpid {

/// What of a photo is looked at in one layer.
struct LayerGroups {
  std::string layer;
  Activations map;
  NeuronGroups groups;
  std::vector<Image> icons;  ///< One a group, squares of one size.
};

/// How groups of a layer add to groups of a layer above it.
struct GroupFlow {
  /// Of each upper group: the sum over positions of how active it is there times the length of the layer's vector along the group's
  /// channels.
  std::vector<double> values;
  /// upper groups x lower groups: activation times gradient of that value, shared out among the lower groups
  /// (`attribute_to_groups`).
  std::vector<std::vector<double>> parts;
  std::vector<double> rest;  ///< Of each upper group: what comes from no lower group.
};

/// Throws Error{usage} for layers of which one is not computed from the other alone.
GroupFlow flow_between(std::shared_ptr<const Model> model, const LayerGroups& upper, const LayerGroups& lower,
                       const ComputeOptions& compute);

/// An SVG file: the lower layer's groups at the left, the upper's at the right, with their icons, and bands between them as wide as
/// their parts, orange for what adds and blue for what takes away.
std::string flow_svg(const LayerGroups& upper, const LayerGroups& lower, const GroupFlow& flow,
                     std::string_view about);

}  // namespace limpid
