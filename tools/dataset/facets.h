// Facets of a unit: kinds of what activates it, and objectives that show one each.
//
// A unit may respond to several things (Nguyen, Yosinski and Clune 2016, "Multifaceted Feature Visualization"). What tells a
// kind from the others is where its centre lies from the mean of all: the centres themselves share most of their direction,
// so that pictures of them look alike.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "engine/image/image.h"
#include "engine/network/compute_options.h"
#include "engine/options/render_options.h"
#include "weights/model.h"

namespace limpid {

struct Facet {
  std::vector<std::size_t> members;  ///< Of the vectors, ascending.
  /// Of length 1: from the mean of all vectors, at length 1, to that of its members.
  std::vector<float> direction;
};

/// `count` facets, by k-means; 2 at least. Throws Error{usage} for one alone, which is the mean, and as k_means does.
std::vector<Facet> facets_of(const std::vector<std::vector<float>>& vectors, std::size_t count,
                             std::uint64_t seed);

/// `layer:channel + w * dir(layer, source, cossim=1)`: w is such that at `start` the gradients by the picture of the unit and of
/// the direction's inner product have the same norm; three digits of it. (The product times its cosine, which is small at a
/// start of noise, would be weak there and, so weighted, drown the unit later on.) Gradients are taken under plain ReLUs, and
/// the unit's before its own, where it has one, for it may be silent there. Throws Error{input} where one of them is zero.
Objective facet_objective(const Model& model, const std::string& layer, int channel,
                          const std::vector<float>& direction, const std::string& source, const Image& start,
                          const ComputeOptions& compute);

/// Whether a facet's render, where the unit is at `value`, leaves it below half of what it comes to `alone`. A unit that
/// does not come above zero alone has no half to be below.
inline bool leaves_unit_weak(double value, double alone) {
  return alone > 0 && !(value >= alone / 2);
}

}  // namespace limpid
