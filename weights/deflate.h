// How far deflate, which .npz and HDF5 compress with, can go.
#pragma once

#include <cstdint>

namespace limpid {

/// Whether deflate can have made `stored` bytes of as many as `bytes`: at best a match of 258 bytes takes two
/// bits. Weights that are zero come close to that, so a reader must not ask for less; what it allocates is
/// bounded by the shapes it expects.
constexpr bool deflate_can_hold(std::uint64_t bytes, std::uint64_t stored) {
  constexpr std::uint64_t most = 258 * 8 / 2;
  return bytes / most <= stored;
}

}  // namespace limpid
