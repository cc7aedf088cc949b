// What the nodes of a network must satisfy, whatever network it is.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "weights/network.h"

namespace limpid {

/// A layer's name may have this many bytes.
inline constexpr std::size_t kLongestLayerName = 64;

/// A layer may have this many channels: far above any dictionary.
inline constexpr int kMostLayerChannels = 1 << 20;

/// Whether a layer can have this name: letters, digits and '_', the first a letter, 64 at most.
bool is_layer_name(std::string_view text);

/// Checks that the nodes follow the rules of network.h and are what limpid computes: each reads earlier ones, as many as
/// its operation takes; one convolution reads the picture, and it alone has a stride of 2; windows and normalisations are
/// among those that kernels are built for; no name is given twice. Throws Error{input} naming `origin` and the node.
void check_network(const Network& network, const std::string& origin);

}  // namespace limpid
