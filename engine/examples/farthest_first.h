// A few of many vectors that are unlike each other.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace limpid {

/// Up to `count` of the vectors, which are of one length in numbers and not zero, as indices: the first, then one after
/// another whose largest cosine to those that are chosen is smallest (farthest-first traversal, Gonzalez 1985,
/// "Clustering to Minimize the Maximum Intercluster Distance"); of equal ones the first. Sums are in double precision.
std::vector<std::size_t> farthest_first(std::span<const std::vector<float>> vectors, std::size_t count);

}  // namespace limpid
