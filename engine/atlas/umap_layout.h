// A graph's vectors in the plane, so that what hangs together lies together.
//
// L. McInnes, J. Healy, J. Melville: "UMAP: Uniform Manifold Approximation and Projection for Dimension Reduction", 2018,
// section 4.2 (algorithm 5), with min_dist 0.05 as in Carter et al. 2019, "Activation Atlas".
#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "engine/atlas/fuzzy_graph.h"

namespace limpid {

struct LayoutOptions {
  std::uint64_t seed = 0;
  int epochs = 500;
  int negatives = 5;  ///< Vectors that push one away, for each edge that pulls it; 1 to 8.
};

/// count x 2, from `start` (count x 2, scaled to the square [0, 10] x [0, 10]). In every epoch each vector is moved by its own
/// edges, in order, and by vectors that Philox draws for (epoch, edge), while all others stay where the epoch found them:
/// so the layout is the same for any number of threads, which that of the paper, where each move is seen at once, is not. An
/// edge takes part in as many epochs as its weight says, evenly apart. Throws Error{usage} for a start of another size.
std::vector<float> umap_layout(const FuzzyGraph& graph, std::span<const float> start,
                               const LayoutOptions& options = {}, const Stream& stream = {});

}  // namespace limpid
