// The floor that speeds on graphics cards are measured against, whatever is fused meanwhile: frozen_floor.json.
#pragma once

#include <optional>
#include <string>

#include "engine/network/card.h"

namespace limpid::bench {

/// Seconds of one image-step under a card's ceilings in 16 bits: the sum over the frozen operations of what binds each. None for what
/// no goal is about: other objectives than mixed4a:11 and mixed5b:7, and other sizes than 224.
std::optional<double> frozen_floor(const std::string& objective, int height, int width, const Card& card,
                                   Precision precision);

}  // namespace limpid::bench
