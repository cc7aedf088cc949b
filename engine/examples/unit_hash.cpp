#include "engine/examples/unit_hash.h"

#include <fmt/format.h>

#include <charconv>

#include "kernels/core/philox.h"
#include "weights/sha256.h"

namespace limpid {
namespace {

std::uint32_t little_endian_word(const Sha256Digest& digest, std::size_t word) {
  std::uint32_t value = 0;
  for (std::size_t i = 0; i < 4; ++i) value |= std::uint32_t{digest[4 * word + i]} << 8 * i;
  return value;
}

std::uint64_t two_words(std::uint32_t low, std::uint32_t high) {
  return low | std::uint64_t{high} << 32;
}

}  // namespace

Sha256Digest sha256_digest(std::string_view bytes) {
  const std::string digits = sha256_of_bytes(bytes);
  Sha256Digest digest{};
  for (std::size_t i = 0; i < digest.size(); ++i)
    std::from_chars(digits.data() + 2 * i, digits.data() + 2 * i + 2, digest[i], 16);
  return digest;
}

std::string to_string(const Sha256Digest& digest) {
  std::string digits;
  for (const std::uint8_t byte : digest) digits += fmt::format("{:02x}", byte);
  return digits;
}

UnitHash::UnitHash(std::uint64_t seed, std::string_view layer, int channel)
    : channel_(static_cast<std::uint32_t>(channel)) {
  const Sha256Digest name = sha256_digest(layer);
  key_ = seed ^ two_words(little_endian_word(name, 0), little_endian_word(name, 1));
}

std::uint64_t UnitHash::operator()(const Sha256Digest& picture) const {
  const PhiloxBlock counter = {{little_endian_word(picture, 0), little_endian_word(picture, 1),
                                little_endian_word(picture, 2), little_endian_word(picture, 3) ^ channel_}};
  const PhiloxBlock block =
      philox4x32_10(counter, static_cast<std::uint32_t>(key_), static_cast<std::uint32_t>(key_ >> 32));
  return two_words(block.word[0], block.word[1]);
}

}  // namespace limpid
