// Which pictures a sample takes: numbers that depend on the picture and the unit alone.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

namespace limpid {

/// Of the bytes of a picture's file it stands for the picture: two files of the same bytes are one.
using Sha256Digest = std::array<std::uint8_t, 32>;

Sha256Digest sha256_digest(std::string_view bytes);

/// 64 lower-case hexadecimal digits.
std::string to_string(const Sha256Digest& digest);

/// A random number for each picture, of one unit: the first 64 bits of Philox 4x32-10, low word first, where
///
///   counter   the first 16 bytes of the picture's digest as four little-endian words, the last of them
///             xor the channel
///   key       the seed xor the first 8 bytes, little endian, of the SHA-256 of the layer's name
///
/// So a sample of the pictures with the smallest numbers is uniform, and depends neither on their order nor on which
/// others there are; the sample of a union is among the samples of its parts.
class UnitHash {
 public:
  UnitHash(std::uint64_t seed, std::string_view layer, int channel);

  std::uint64_t operator()(const Sha256Digest& picture) const;

 private:
  std::uint64_t key_;
  std::uint32_t channel_;
};

}  // namespace limpid
