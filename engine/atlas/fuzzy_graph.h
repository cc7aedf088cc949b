// Which vectors hang together, and how strongly.
//
// L. McInnes, J. Healy, J. Melville: "UMAP: Uniform Manifold Approximation and Projection for Dimension Reduction", 2018,
// sections 3.1 and 4 (algorithms 2 and 3).
#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "engine/atlas/nearest_neighbours.h"

namespace limpid {

/// The fuzzy union of the vectors' neighbourhoods: every edge stands at both of its ends, with one weight.
struct FuzzyGraph {
  std::vector<std::size_t>
      first;  ///< Of each vector's edges, in order of the other ends; one more than vectors.
  std::vector<std::uint32_t> other;  ///< The other end of each.
  std::vector<float> weight;         ///< In (0, 1].

  std::size_t count() const { return first.size() - 1; }
};

/// Of neighbours whose products are cosines; distances are 1 - cosine, 0 at least. The neighbour nearest of those at any
/// distance at all has strength 1; others exp(-(distance - that) / s), with s such that they add up to log2(each + 1), the
/// vector itself counting as one of its neighbours in the paper. Of the strengths a and b seen from both ends, the weight is
/// a + b - a b.
FuzzyGraph fuzzy_graph(const Neighbours& neighbours);

}  // namespace limpid
