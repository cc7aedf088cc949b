// Which pictures look alike.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "tools/gallery/descriptor.h"

namespace limpid {

/// A picture as the search for neighbours sees it.
struct Candidate {
  std::size_t index = 0;  ///< What the neighbours name it by.
  /// Pictures of one subject (an objective's seeds and signs) are shown together anyway, and are no
  /// neighbours.
  std::string subject;
  Descriptor descriptor{};
};

/// For each candidate, in the same order, the indices of the `count` most similar ones of other subjects,
/// most similar first; of equals the lower index first. Similar is a small angle between descriptors whose
/// features were standardised over all candidates, colours and edges weighing the same: what all pictures
/// have in common then says nothing. Every pair is compared: 5,800 pictures take seconds.
std::vector<std::vector<std::size_t>> nearest_neighbours(const std::vector<Candidate>& candidates,
                                                         std::size_t count);

}  // namespace limpid
