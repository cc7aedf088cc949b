// How a value rises as the positions that an attribution holds for the most important are put in, and falls as they are taken out.
//
// V. Petsiuk, A. Das, K. Saenko: "RISE: Randomized Input Sampling for Explanation of Black-box Models", BMVC 2018: insertion and
// deletion, here of the pixels of a photo or the positions of a layer's map, in favour of or in place of the baseline's.
#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "engine/attribution/attribute.h"

namespace limpid {

struct RemovalOptions {
  int steps = 32;         ///< From none of the positions to all of them; of fewer positions one each.
  int random_orders = 8;  ///< That are compared with.
  std::uint64_t seed = 0;
  /// Called as values are computed, with how many of them all there are; may be empty.
  std::function<void(std::size_t, std::size_t)> progress = {};
};

/// F by how much was put in or taken out, as a share of the difference: 0 at the baseline, 1 at the photo.
struct RemovalCurves {
  std::vector<double> shares;  ///< Of the positions that were moved: 0 to 1.
  std::vector<double> insertion, deletion;
  /// The same in random orders.
  std::vector<std::vector<double>> random_insertion, random_deletion;
};

/// The area under a curve whose points are at `shares`, by trapezoids.
double area_under(const std::vector<double>& shares, const std::vector<double>& curve);

/// `attribution`: what `request` gives of the photo. Positions go by their sums over the channels as shares of the difference, largest
/// first; those that are equal by place. Throws Error{usage} for counts out of range (1 to 1,000 steps, 0 to 1,000 orders), a baseline or
/// an attribution of another size than the photo's map, and ends at which F is the same.
RemovalCurves removal_curves(std::shared_ptr<const Model> model, const Image& photo,
                             const AttributionRequest& request, const Attribution& attribution,
                             const RemovalOptions& options = {});

}  // namespace limpid
