// Weights between channels as pictures.
#pragma once

#include <map>
#include <vector>

#include "engine/attribution/expanded_weights.h"
#include "engine/image/image.h"
#include "tools/gallery/picture_source.h"

namespace limpid {

/// A row of the channels' weights, each `side` pixels: positive ones red, negative ones blue, zero white; the largest of
/// all shown is full colour. Where there are tiles, a row of them below. At least one channel.
Image weights_picture(const ExpandedWeights& weights, const std::vector<int>& channels,
                      const std::map<int, Pixels>& tiles, int side);

}  // namespace limpid
