// Weights between channels as pictures.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/attribution/expanded_weights.h"
#include "engine/image/image.h"
#include "tools/gallery/picture_source.h"

namespace limpid {

/// A row of the channels' weights, each `side` pixels: positive ones red, negative ones blue, zero white; the largest of
/// all shown is full colour. Where there are tiles, a row of them below. At least one channel.
Image weights_picture(const ExpandedWeights& weights, const std::vector<int>& channels,
                      const std::map<int, Pixels>& tiles, int side);

/// What a drawing of weights says.
struct WeightsText {
  std::string upper, lower;  ///< The channel, and the layer whose channels it is connected to.
  std::string about;         ///< The file's description.
};

/// The same as an SVG file: a column for each channel, with its name, its weights, a pixel each, their sum and largest, and where there
/// is one its picture; eight columns in a row; the scale of the colours below.
std::string weights_svg(const ExpandedWeights& weights, const std::vector<int>& channels,
                        const std::map<int, Pixels>& tiles, const WeightsText& text);

}  // namespace limpid
