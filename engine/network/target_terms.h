// What one image of a batch has on one target of its plan.
#pragma once

#include <vector>

#include "kernels/ops/gram.h"
#include "kernels/ops/objective_seed.h"

namespace limpid {

/// A term with the vectors it points to.
struct SeedTerm {
  SlotTerm term;  ///< `vector` is set when the executor has put the vectors into device memory.
  std::vector<float>
      vectors;  ///< Positions x physical channels of the target; empty where the term has none.
};

/// As many of each as the plan has room for (TermCounts), or fewer.
struct TargetTerms {
  std::vector<SeedTerm> seeds;
  std::vector<SlotTerm> caricatures;
  std::vector<GramTerm> grams;
};

}  // namespace limpid
