// From a picture's channels to those of a network's input.
#pragma once

namespace limpid {

/// What the network expects: channel c of its input is scale * picture channel channel[c] - mean[c], picture
/// channels being R, G, B in [0, 1].
struct InputScaling {
  float scale = 255;
  float mean[3] = {0, 0, 0};
  int channel[3] = {0, 1, 2};  ///< A permutation; {2, 1, 0} for a network that wants BGR.
};

}  // namespace limpid
