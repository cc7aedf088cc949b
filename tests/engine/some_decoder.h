// Decoders of random weights, for pictures of any size.
#pragma once

#include <cmath>
#include <cstddef>
#include <memory>
#include <random>
#include <utility>
#include <vector>

#include "engine/image/decoder.h"
#include "engine/image/image_form.h"

namespace limpid::test {

namespace some_decoder_values {

inline std::vector<float> normal(std::mt19937& random, std::size_t count, std::size_t inputs) {
  std::normal_distribution<float> draw(0, std::sqrt(2 / static_cast<float>(inputs)));
  std::vector<float> drawn(count);
  for (float& value : drawn) value = draw(random);
  return drawn;
}

}  // namespace some_decoder_values

/// A dense layer of four planes; an upconvolution, where height and width are even, else a convolution; and a convolution to
/// three.
inline std::shared_ptr<const Decoder> some_decoder(int height, int width, int latent = 7) {
  using Kind = DecoderLayer::Kind;
  constexpr int kPlanes = 4;
  const int times = height % 2 == 0 && width % 2 == 0 ? 2 : 1;
  const int h = height / times, w = width / times;
  const auto planes = static_cast<std::size_t>(kPlanes);
  const auto values = planes * static_cast<std::size_t>(h * w), each = static_cast<std::size_t>(latent);
  std::mt19937 random(17);
  const auto normal = [&](std::size_t count, std::size_t inputs) {
    return some_decoder_values::normal(random, count, inputs);
  };
  Decoder decoder{"decoder.h5", "", latent, {}};
  decoder.layers.push_back(
      {Kind::dense, latent, kPlanes, h, w, normal(values * each, each), normal(values, 10)});
  if (times == 2) {
    decoder.layers.push_back({Kind::upconvolution, kPlanes, kPlanes, height, width,
                              normal(planes * planes * 16, planes * 4), normal(planes, 10)});
  } else {
    decoder.layers.push_back({Kind::convolution, kPlanes, kPlanes, height, width,
                              normal(planes * planes * 9, planes * 9), normal(planes, 10)});
  }
  decoder.layers.push_back(
      {Kind::convolution, kPlanes, 3, height, width, normal(3 * planes * 9, planes * 9), normal(3, 10)});
  return std::make_shared<const Decoder>(std::move(decoder));
}

/// Of a map: a convolution of three numbers to four planes, `doublings` upconvolutions, and a convolution to three. For
/// pictures of any size that is a multiple of 2^doublings.
inline std::shared_ptr<const Decoder> some_map_decoder(int doublings) {
  using Kind = DecoderLayer::Kind;
  constexpr int kLatent = 3, kPlanes = 4;
  constexpr std::size_t kValues = kPlanes * kPlanes;
  std::mt19937 random(19);
  const auto normal = [&](std::size_t count, std::size_t inputs) {
    return some_decoder_values::normal(random, count, inputs);
  };
  Decoder decoder{"map.h5", "", kLatent, {}};
  decoder.layers.push_back({Kind::convolution, kLatent, kPlanes, 1, 1,
                            normal(kLatent * kPlanes * 9, kLatent * 9), normal(kPlanes, 10)});
  int side = 1;
  for (int i = 0; i < doublings; ++i) {
    side *= 2;
    decoder.layers.push_back({Kind::upconvolution, kPlanes, kPlanes, side, side,
                              normal(kValues * 16, kPlanes * 4), normal(kPlanes, 10)});
  }
  decoder.layers.push_back(
      {Kind::convolution, kPlanes, 3, side, side, normal(3 * kPlanes * 9, kPlanes * 9), normal(3, 10)});
  return std::make_shared<const Decoder>(std::move(decoder));
}

/// Those of a kind for pictures of a size: as they are where nothing is said, and of decoders some decoder's.
inline Parameters parameters_for(Parameterisation kind, int height, int width) {
  if (kind == Parameterisation::decoder) return Decoded{some_decoder(height, width)};
  return parameters_of(kind);
}

}  // namespace limpid::test
