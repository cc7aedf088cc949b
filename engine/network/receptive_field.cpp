#include "engine/network/receptive_field.h"

#include <algorithm>
#include <cstddef>

#include "kernels/core/window.h"

namespace limpid {
namespace {

/// Of a window of `size` positions that moves by `stride`, the first of them `before` positions before the map.
ReceptiveField behind(const ReceptiveField& field, int size, int stride, int before) {
  return {field.size + (size - 1) * field.step, field.step * stride, field.start - before * field.step};
}

}  // namespace

std::vector<ReceptiveField> receptive_fields(const Network& network, const std::vector<MapSize>& sizes) {
  std::vector<ReceptiveField> fields(network.nodes.size());
  for (ValueId id = 1; id < network.size(); ++id) {
    ReceptiveField& field = fields[static_cast<std::size_t>(id)];
    const std::vector<ValueId>& inputs = network.node(id).inputs;
    for (const ValueId input : inputs) {
      const ReceptiveField& from = fields[static_cast<std::size_t>(input)];
      if (from.size > field.size || input == inputs.front()) field = from;
    }
    const MapSize in = inputs.empty() ? MapSize{} : sizes[static_cast<std::size_t>(inputs.front())];
    if (const auto* conv = network.as<ConvNode>(id)) {
      const int before = conv_extent(conv->padding, in.h, conv->size, conv->stride).before;
      field = behind(field, conv->size, conv->stride, before);
    }
    if (const auto* pool = network.as<MaxPoolNode>(id)) {
      const int before = pool_extent(pool->padding, in.h, pool->size, pool->stride).before;
      field = behind(field, pool->size, pool->stride, before);
    }
    if (network.as<AveragePoolNode>(id) != nullptr) field = behind(field, std::max(in.h, in.w), 1, 0);
  }
  return fields;
}

}  // namespace limpid
