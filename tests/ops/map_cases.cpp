// Cases of what takes maps from others' memory and gives them back.
#include <cstdint>
#include <string>
#include <tuple>
#include <vector>

#include "kernels/ops/strided_map.h"
#include "tests/image/support.h"
#include "tests/ops/network_parts.h"

namespace limpid::test {
namespace {

using reference::Map;

/// A grouped map, and how the same channels lie outside.
struct MapCase {
  const char* name;
  ActivationShape grouped;
  int logical;  ///< Channels outside.
  bool in_tensor =
      false;  ///< Outside the channels of a pixel lie side by side, in the type of the grouped map.
  bool mirrored = false;   ///< Outside rows run backwards.
  bool one_image = false;  ///< Outside there is one for all.

  int images() const { return one_image ? 1 : grouped.n; }

  /// Every third physical channel has none outside; the others have all of them, last first.
  std::vector<std::int32_t> channels() const {
    std::vector<std::int32_t> result;
    int left = logical;
    for (int c = 0; c < grouped.channels; ++c) result.push_back(c % 3 == 1 ? -1 : left > 0 ? --left : -1);
    return result;
  }

  StridedMap outside(Operands& m, Role role) const {
    const auto [n, h, w] = std::tuple(images(), grouped.h, grouped.w);
    StridedMap map{nullptr, DType::f32, grouped.n, logical, h, w};
    if (in_tensor) {
      const Tensor t = m.tensor("outside", role, {n, logical, h, w, Layout::nhwc, {1, 0}}, normal());
      map.data = t.data;
      map.dtype = t.dtype;
      map.stride_n = t.stride_n, map.stride_c = 1, map.stride_h = t.stride_h, map.stride_w = t.stride_w;
    } else {
      map.data = m.planes("outside", role, n, logical, h, w, normal()).data;
      map.stride_n = std::int64_t{logical} * h * w, map.stride_c = h * w, map.stride_h = w, map.stride_w = 1;
    }
    if (one_image) map.stride_n = 0;
    if (mirrored) {
      map.data = static_cast<std::byte*>(map.data) +
                 static_cast<std::size_t>((w - 1) * map.stride_w) * size_of(map.dtype);
      map.stride_w = -map.stride_w;
    }
    return map;
  }

  int column(int w) const { return mirrored ? grouped.w - 1 - w : w; }
};

const std::vector<MapCase> kMaps = {
    {"picture", {2, 8, 5, 7}, 3},
    {"odd", {3, 24, 7, 5}, 13},
    {"pixel", {1, 16, 1, 1}, 9},
    {"mirrored_slice", {2, 16, 4, 6, Layout::nhwc, {1, 2}}, 10, false, true},
    {"channels_last", {2, 24, 3, 5}, 16, true},
    {"mirrored_channels_last", {1, 16, 5, 4, Layout::nchw8c, {0, 1}}, 8, true, true},
};

constexpr float kFactor = 0.7F;

OpCase take_map(const MapCase& c, bool with_offsets) {
  const std::vector<std::int32_t> channels = c.channels();
  const auto offset = [=](std::int32_t channel) {
    return with_offsets ? 0.25F * static_cast<float>(channel) - 1 : 0.0F;
  };
  const auto taken = [=](const Operands& m, int n) {
    const Map outside = m.map_before("outside", c.one_image ? 0 : n);
    Map to(c.grouped.channels, c.grouped.h, c.grouped.w);
    for (int k = 0; k < to.c; ++k) {
      const std::int32_t channel = channels[static_cast<std::size_t>(k)];
      for (int h = 0; h < to.h && channel >= 0; ++h) {
        for (int w = 0; w < to.w; ++w)
          to.at(k, h, w) = double{kFactor} * outside.at(channel, h, c.column(w)) + double{offset(channel)};
      }
    }
    return to;
  };
  std::vector<float> offsets;
  for (const std::int32_t channel : channels) offsets.push_back(offset(channel));
  return OpCase(std::string(c.name) + (with_offsets ? "_moved" : ""),
                [=](Operands& m) {
                  const StridedMap from = c.outside(m, Role::input);
                  return TakeMap{from, m.array("channels", Role::input, channels), kFactor,
                                 with_offsets ? m.array("offsets", Role::input, offsets) : nullptr,
                                 m.tensor("to", Role::output, c.grouped)};
                })
      .defined("to", {kEpsilon}, by_image(c.grouped.n, taken));
}

/// Of nothing, zeros.
OpCase take_nothing() {
  const MapCase& c = kMaps.front();
  return OpCase("nothing",
                [=](Operands& m) {
                  return TakeMap{{},
                                 m.array("channels", Role::input, c.channels()),
                                 kFactor,
                                 nullptr,
                                 m.tensor("to", Role::output, c.grouped)};
                })
      .defined("to", {}, by_image(c.grouped.n, [=](const Operands&, int) {
                 return Map(c.grouped.channels, c.grouped.h, c.grouped.w);
               }));
}

OpCase give_map(const MapCase& c) {
  const std::vector<std::int32_t> channels = c.channels();
  const auto given = [=](const Operands& m, int n) {
    const Map from = m.map_before("from", n);
    Map outside(c.logical, c.grouped.h, c.grouped.w);
    for (int k = 0; k < from.c; ++k) {
      const std::int32_t channel = channels[static_cast<std::size_t>(k)];
      for (int h = 0; h < from.h && channel >= 0; ++h) {
        for (int w = 0; w < from.w; ++w)
          outside.at(channel, h, c.column(w)) = double{kFactor} * from.at(k, h, w);
      }
    }
    return outside;
  };
  return OpCase(c.name,
                [=](Operands& m) {
                  return GiveMap{m.tensor("from", Role::input, c.grouped, normal()),
                                 m.array("channels", Role::input, channels), kFactor,
                                 c.outside(m, Role::output)};
                })
      .defined("outside", {kEpsilon}, by_image(c.grouped.n, given));
}

}  // namespace

OpCases map_cases() {
  OpCases cases{take_nothing()};
  for (const MapCase& c : kMaps) {
    cases.push_back(take_map(c, false));
    cases.push_back(take_map(c, true));
    cases.push_back(give_map(c));
  }
  cases.push_back(take_map({"one_for_all", {3, 16, 2, 3}, 10, false, false, true}, false));
  return cases;
}

std::vector<AdjointPair> map_pairs() {
  std::vector<AdjointPair> pairs;
  for (const MapCase& c : kMaps)
    pairs.push_back({take_map(c, false), give_map(c), "outside", "to", "from", "outside"});
  return pairs;
}

}  // namespace limpid::test
