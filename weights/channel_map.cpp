#include "weights/channel_map.h"

#include <algorithm>
#include <numeric>

#include "kernels/core/group_size.h"

namespace limpid {
namespace {

void pad_to_group(std::vector<int>& logical) {
  logical.resize(static_cast<std::size_t>(round_up_to_group(static_cast<int>(logical.size()))),
                 ChannelMap::kPadding);
}

}  // namespace

ChannelMap ChannelMap::range(int first, int count) {
  ChannelMap map = unpadded(count);
  for (int& logical : map.logical_) logical += first;
  pad_to_group(map.logical_);
  return map;
}

ChannelMap ChannelMap::unpadded(int count) {
  ChannelMap map;
  map.logical_.resize(static_cast<std::size_t>(count));
  std::iota(map.logical_.begin(), map.logical_.end(), 0);
  return map;
}

ChannelMap ChannelMap::of(const std::vector<int>& channels) {
  ChannelMap map;
  map.logical_ = channels;
  pad_to_group(map.logical_);
  return map;
}

void ChannelMap::append(const ChannelMap& other, int logical_offset) {
  for (const int logical : other.logical_) {
    logical_.push_back(logical == kPadding ? kPadding : logical + logical_offset);
  }
}

int ChannelMap::groups() const {
  return physical_count() / kGroup;
}

int ChannelMap::physical(int logical) const {
  const auto found = std::find(logical_.begin(), logical_.end(), logical);
  return found == logical_.end() ? -1 : static_cast<int>(found - logical_.begin());
}

PackedFilter pack_filter(const std::vector<FilterPart>& parts, const ChannelMap& inputs) {
  PackedFilter packed;
  packed.c = inputs.physical_count();
  packed.size = parts.front().layer->size;
  for (const FilterPart& part : parts) packed.k += part.outputs.physical_count();
  const std::size_t taps = static_cast<std::size_t>(packed.size * packed.size);
  packed.weights.assign(static_cast<std::size_t>(packed.k) * static_cast<std::size_t>(packed.c) * taps, 0.0F);
  packed.bias.assign(static_cast<std::size_t>(packed.k), 0.0F);

  std::size_t k = 0;
  for (const FilterPart& part : parts) {
    const ConvLayer& layer = *part.layer;
    for (int i = 0; i < part.outputs.physical_count(); ++i, ++k) {
      const int logical_k = part.outputs.logical(i);
      if (logical_k == ChannelMap::kPadding) continue;
      packed.bias[k] = layer.bias[static_cast<std::size_t>(logical_k)];
      for (int c = 0; c < packed.c; ++c) {
        const int logical_c = inputs.logical(c);
        if (logical_c == ChannelMap::kPadding) continue;
        const std::size_t source = (static_cast<std::size_t>(logical_k) * static_cast<std::size_t>(layer.c) +
                                    static_cast<std::size_t>(logical_c)) *
                                   taps;
        const std::size_t target =
            (k * static_cast<std::size_t>(packed.c) + static_cast<std::size_t>(c)) * taps;
        std::copy_n(layer.filter.begin() + static_cast<std::ptrdiff_t>(source), taps,
                    packed.weights.begin() + static_cast<std::ptrdiff_t>(target));
      }
    }
  }
  return packed;
}

}  // namespace limpid
