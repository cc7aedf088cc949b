// Several pictures as one.
#pragma once

#include <span>

#include "engine/limpid.hpp"

namespace limpid {

/// The pictures from left to right, edge to edge. All have the same size; there is at least one.
Image strip_of(std::span<const Snapshot> pictures);

}  // namespace limpid
