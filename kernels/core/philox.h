// Counter-based random numbers: Philox 4x32-10.
//
// J. K. Salmon, M. A. Moraes, R. O. Dror, D. E. Shaw: "Parallel Random Numbers: As Easy as 1, 2, 3", SC 2011.
// A draw is a pure function of (seed, image, step, purpose, position), so it depends on no batch neighbour,
// slot, thread or history.
#pragma once

#include <cmath>
#include <cstdint>

#include "kernels/core/host_device.h"
#include "kernels/core/slot_key.h"

namespace limpid {

/// Separates the streams of random numbers of one image and step. Values are part of what a seed means: never
/// renumber.
enum class RandomPurpose : std::uint32_t {
  initial_values = 0,
  augmentation = 1,
  view_noise = 2,
  background = 3,
  direction = 4,
  order = 5,
};

/// Four 32-bit words: a counter, or the random block made from it.
struct PhiloxBlock {
  std::uint32_t word[4];
};

/// The bijection itself: ten rounds of `counter` under the key (key0, key1).
LIMPID_HD PhiloxBlock philox4x32_10(PhiloxBlock counter, std::uint32_t key0, std::uint32_t key1) {
  for (int round = 0; round < 10; ++round) {
    const std::uint64_t product0 = std::uint64_t{0xD2511F53u} * counter.word[0];
    const std::uint64_t product1 = std::uint64_t{0xCD9E8D57u} * counter.word[2];
    counter = {{static_cast<std::uint32_t>(product1 >> 32) ^ counter.word[1] ^ key0,
                static_cast<std::uint32_t>(product1),
                static_cast<std::uint32_t>(product0 >> 32) ^ counter.word[3] ^ key1,
                static_cast<std::uint32_t>(product0)}};
    key0 += 0x9E3779B9u;  // Weyl increments: the golden ratio and sqrt(3) - 1.
    key1 += 0xBB67AE85u;
  }
  return counter;
}

/// Block number `position` of the stream of (key, purpose, draw). `draw` < 2^16 counts the views that one
/// step takes of one image.
LIMPID_HD PhiloxBlock random_block(const SlotKey& key, RandomPurpose purpose, std::uint32_t position,
                                   std::uint32_t draw = 0) {
  const PhiloxBlock counter = {
      {position, key.step, key.image, static_cast<std::uint32_t>(purpose) | draw << 16}};
  return philox4x32_10(counter, static_cast<std::uint32_t>(key.seed),
                       static_cast<std::uint32_t>(key.seed >> 32));
}

/// Uniform on [0, 1), a multiple of 2^-24.
LIMPID_HD float uniform_unit(std::uint32_t bits) {
  return static_cast<float>(bits >> 8) * 0x1p-24F;
}

/// Two independent standard normal values.
struct NormalPair {
  float first, second;
};

/// Box-Muller transform of two random words. |value| <= 5.8.
LIMPID_HD NormalPair normal_pair(std::uint32_t bits0, std::uint32_t bits1) {
  const float u = static_cast<float>((bits0 >> 8) + 1) * 0x1p-24F;  // (0, 1]: the logarithm stays finite.
  const float radius = sqrtf(-2.0F * logf(u));
  const float angle = 6.283185307F * uniform_unit(bits1);
  return {radius * cosf(angle), radius * sinf(angle)};
}

/// Draws one after the other from the stream of (key, purpose, draw).
class RandomStream {
 public:
  LIMPID_HD RandomStream(const SlotKey& key, RandomPurpose purpose, std::uint32_t draw = 0)
      : key_(key), purpose_(purpose), draw_(draw) {}

  LIMPID_HD std::uint32_t bits() {
    if (used_ == 4) {
      block_ = random_block(key_, purpose_, position_++, draw_);
      used_ = 0;
    }
    return block_.word[used_++];
  }

  /// Uniform on the integers [0, count), count >= 1, without bias (Lemire's multiply and reject).
  LIMPID_HD std::uint32_t below(std::uint32_t count) {
    std::uint64_t product = std::uint64_t{bits()} * count;
    const std::uint32_t uneven =
        (0u - count) % count;  // 2^32 mod count: that many low parts come once too often.
    while (static_cast<std::uint32_t>(product) < uneven) product = std::uint64_t{bits()} * count;
    return static_cast<std::uint32_t>(product >> 32);
  }

  /// Uniform on the integers [-radius, radius].
  LIMPID_HD int around_zero(int radius) {
    return static_cast<int>(below(2 * static_cast<std::uint32_t>(radius) + 1)) - radius;
  }

 private:
  SlotKey key_;
  RandomPurpose purpose_;
  std::uint32_t draw_;
  std::uint32_t position_ = 0;
  int used_ = 4;
  PhiloxBlock block_{};
};

}  // namespace limpid
