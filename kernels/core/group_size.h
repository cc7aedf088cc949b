// The unit channels come in.
#pragma once

namespace limpid {

/// Channels in a group; physical channel counts are multiples of it. Eight fp16 channels are one 16-byte GPU
/// access, eight fp32 channels one AVX2 register.
inline constexpr int kGroup = 8;

constexpr int round_up_to_group(int channels) {
  return (channels + kGroup - 1) / kGroup * kGroup;
}

}  // namespace limpid
