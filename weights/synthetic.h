// Weights nobody trained, with the exact shape of a family: for tests and benchmarks.
#pragma once

#include <cstdint>
#include <string_view>

#include "weights/model.h"

namespace limpid {

/// A model of the family (a name of `families()`) with random weights and labels "class 0", "class 1", ...
///
/// Filters are uniform with variance 2 / (C R S) (He et al. 2015), so that activations keep the scale of the
/// input (about 70) through the network and LRN has something to do; biases are uniform in [-8, 8). The
/// classifier is 64 times smaller, so that the softmax is not saturated. The same family and seed give the
/// same bits everywhere. Throws Error{usage} for an unknown family.
Model synthetic_model(std::string_view family, std::uint64_t seed);

}  // namespace limpid
