// A dissection as a table and as JSON.
#pragma once

#include <string>
#include <vector>

#include "engine/dissection/dissect.h"

namespace limpid {

/// Of counts, one a rotation.
struct CountSpread {
  double mean = 0;
  double deviation = 0;  ///< Of a sample: by the number less one; 0 for one count.
  std::size_t least = 0, most = 0;
};

/// Of one count at least.
CountSpread spread_of(const std::vector<std::size_t>& counts);

std::vector<std::size_t> detectors_of(const std::vector<DissectedBasis>& bases);
std::vector<std::size_t> distinct_concepts_of(const std::vector<DissectedBasis>& bases);

/// What a dissection was made of, for its file.
struct DissectionOrigin {
  std::string version, command, weights_sha256;
  std::vector<std::string> concepts;
  std::size_t pictures = 0;
  int side = 0;
};

/// A line a layer, with a heading.
std::string dissection_table(const std::vector<DissectedLayer>& layers);

std::string dissection_json(const std::vector<DissectedLayer>& layers, const DissectionOrigin& origin);

}  // namespace limpid
