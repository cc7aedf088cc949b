// What a unit responds to against the truth: concepts of pictures that formulas drew.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tools/dataset/unit_examples.h"

namespace limpid {

struct ConceptCount {
  std::string name;
  std::size_t pictures = 0;  ///< Examples of it.
  std::size_t on_it = 0;  ///< Of these, those where the middle of what the maximum sees lies on the concept.
  std::size_t of = 0;     ///< Pictures of it in the whole index.
};

/// Of those examples that were drawn, from the concept with most pictures on; equal ones by name. With `look`, each is drawn
/// again for `on_it`, and the whole index is gone through for `of`; else these are 0.
std::vector<ConceptCount> concept_counts(const IndexReader& index, const IndexUnit& unit,
                                         const std::vector<Example>& examples, bool look);

/// "checker 5, plaid 2, dots 1": the three with most examples; empty where none was drawn.
std::string words_of_concepts(const IndexReader& index, const IndexUnit& unit,
                              const std::vector<Example>& examples);

}  // namespace limpid
