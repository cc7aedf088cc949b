// Vectors in a few groups, each around its mean.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

namespace limpid {

struct Clusters {
  std::vector<std::vector<double>> centres;  ///< Of each cluster the mean of its vectors at length 1.
  std::vector<std::size_t> cluster_of;       ///< Of each vector.
  double inertia = 0;  ///< Sum over the vectors, at length 1, of the squared distance to their centre.
};

/// `count` clusters of vectors that are of one length in numbers and not zero, each first scaled to length 1: Lloyd's
/// iterations ("Least Squares Quantization in PCM", 1982) from k-means++ (Arthur and Vassilvitskii 2007, "k-means++: The
/// Advantages of Careful Seeding"), of `starts` starts the one with the least inertia. A vector as near to two centres
/// belongs to the first; a cluster that has lost all its vectors takes the one that is farthest from its own centre.
/// Clusters are in order of their first vectors. Sums are in double precision and one order, and draws are Philox of the
/// seed: on one machine the same vectors give the same clusters. Throws Error{input} unless there are `count` different
/// vectors, of one length in numbers, and each is finite and not zero.
Clusters k_means(std::span<const std::vector<float>> vectors, std::size_t count, std::uint64_t seed = 0,
                 int starts = 20);

/// One start of it, from these centres: clusters are in their order. Throws Error{input} for vectors as above, and unless
/// there are 1 to as many centres as vectors, of the same length in numbers.
Clusters k_means_from(std::span<const std::vector<float>> vectors, std::vector<std::vector<double>> centres);

}  // namespace limpid
