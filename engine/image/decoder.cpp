#include "engine/image/decoder.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>
#include <cstddef>

#include "kernels/core/error.h"
#include "kernels/core/limits.h"

namespace limpid {
namespace {

/// Of the filter, and of the biases.
std::size_t filter_values(const DecoderLayer& layer) {
  const auto planes = static_cast<std::size_t>(layer.inputs) * static_cast<std::size_t>(layer.outputs);
  switch (layer.kind) {
    case DecoderLayer::Kind::dense:
      return planes * static_cast<std::size_t>(layer.height) * static_cast<std::size_t>(layer.width);
    case DecoderLayer::Kind::convolution:
      return planes * 3 * 3;
    case DecoderLayer::Kind::upconvolution:
      return planes * 4 * 4;
  }
  return 0;
}

std::size_t biases(const DecoderLayer& layer) {
  const std::size_t each = layer.kind == DecoderLayer::Kind::dense ? static_cast<std::size_t>(layer.height) *
                                                                         static_cast<std::size_t>(layer.width)
                                                                   : 1;
  return static_cast<std::size_t>(layer.outputs) * each;
}

/// Whether a layer takes what the one below makes.
bool fits(const DecoderLayer& layer, const DecoderLayer& below) {
  const int times = layer.kind == DecoderLayer::Kind::upconvolution ? 2 : 1;
  return layer.kind != DecoderLayer::Kind::dense && layer.inputs == below.outputs &&
         layer.height == times * below.height && layer.width == times * below.width;
}

}  // namespace

bool Decoder::makes(int picture_height, int picture_width) const {
  if (layers.empty()) return false;
  if (is_dense()) return picture_height == height() && picture_width == width();
  return picture_height % height() == 0 && picture_width % width() == 0;
}

void check_decoder(const Decoder& decoder) {
  const auto require = [&](bool holds, const std::string& what) {
    if (!holds) fail_usage("the decoder '{}' {}", decoder.file, what);
  };
  require(decoder.layers.size() >= 2, "has no two layers");
  // The latent, as a layer below the first makes it: of one pixel.
  const DecoderLayer latent{DecoderLayer::Kind::convolution, 1, decoder.latent, 1, 1, {}, {}};
  for (std::size_t i = 0; i < decoder.layers.size(); ++i) {
    const DecoderLayer& layer = decoder.layers[i];
    const bool in_range = std::min({layer.inputs, layer.outputs, layer.height, layer.width}) >= 1 &&
                          std::max({layer.inputs, layer.outputs, layer.height, layer.width}) <= kLargestSide;
    require(in_range, fmt::format("has a layer {} without extents", i));
    const bool first_dense = i == 0 && decoder.is_dense();
    const bool follows =
        first_dense ? layer.inputs == decoder.latent : fits(layer, i == 0 ? latent : decoder.layers[i - 1]);
    require(follows, fmt::format("has a layer {} that does not take what is below it", i));
    require(layer.filter.size() == filter_values(layer) && layer.bias.size() == biases(layer),
            fmt::format("has a layer {} of another number of weights than its extents say", i));
    const auto finite = [](float value) { return std::isfinite(value); };
    require(std::ranges::all_of(layer.filter, finite) && std::ranges::all_of(layer.bias, finite),
            fmt::format("has a layer {} with a weight that is not finite", i));
  }
  require(decoder.layers.back().outputs == 3, "does not end in three planes: red, green, blue");
}

}  // namespace limpid
