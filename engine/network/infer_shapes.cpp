#include "engine/network/infer_shapes.h"

#include <algorithm>

namespace limpid {
namespace {

MapSize conv_size(const ConvNode& conv, MapSize in) {
  return {conv_extent(conv.padding, in.h, conv.size, conv.stride).out,
          conv_extent(conv.padding, in.w, conv.size, conv.stride).out};
}

MapSize pool_size(const MaxPoolNode& pool, MapSize in) {
  return {pool_extent(pool.padding, in.h, pool.size, pool.stride).out,
          pool_extent(pool.padding, in.w, pool.size, pool.stride).out};
}

MapSize size_of_value(const Network& network, ValueId id, MapSize in) {
  if (in.h < 1 || in.w < 1) return {};
  if (const auto* conv = network.as<ConvNode>(id)) {
    // No backend is asked for a convolution of a picture smaller than its window.
    const bool of_picture = network.node(id).inputs.front() == 0;
    if (of_picture && (in.h < conv->size || in.w < conv->size)) return {};
    return conv_size(*conv, in);
  }
  if (const auto* pool = network.as<MaxPoolNode>(id)) return pool_size(*pool, in);
  if (network.as<AveragePoolNode>(id) != nullptr) return {1, 1};
  return in;
}

}  // namespace

std::vector<int> infer_channels(const Network& network, const Model& model) {
  std::vector<int> channels;
  for (ValueId id = 0; id < network.size(); ++id) channels.push_back(channels_of(network, model, id));
  return channels;
}

std::vector<MapSize> infer_sizes(const Network& network, ValueId start, MapSize size) {
  std::vector<MapSize> sizes(static_cast<std::size_t>(network.size()));
  sizes[static_cast<std::size_t>(start)] = size;
  for (ValueId id = start + 1; id < network.size(); ++id) {
    const std::vector<ValueId>& inputs = network.node(id).inputs;
    const auto known = std::find_if(inputs.begin(), inputs.end(), [&](ValueId input) {
      return sizes[static_cast<std::size_t>(input)].h > 0;
    });
    if (known != inputs.end()) {
      sizes[static_cast<std::size_t>(id)] =
          size_of_value(network, id, sizes[static_cast<std::size_t>(*known)]);
    }
  }
  return sizes;
}

bool reaches(const Network& network, ValueId start, MapSize size, ValueId last) {
  const MapSize there = infer_sizes(network, start, size)[static_cast<std::size_t>(last)];
  return there.h > 0 && there.w > 0;
}

int least_size(const Network& network, ValueId start, ValueId last) {
  int size = 1;
  while (!reaches(network, start, {size, size}, last)) ++size;
  return size;
}

}  // namespace limpid
