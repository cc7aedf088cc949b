// A photo that is pushed towards what a unit responds to, and held back.
//
// C. Hamblin, T. Fel, S. Saha, T. Konkle, G. Alvarez: "Feature Accentuation: Revealing 'What' Features Respond to in
// Natural Images", 2024.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/image/image.h"
#include "engine/network/compute_options.h"
#include "engine/objective/objective.h"
#include "engine/session/session.h"
#include "weights/model.h"

namespace limpid {

/// What a unit is worth at a picture, and how each pixel moves it, without random views.
class UnitAtPicture {
 public:
  /// The objective's terms are of layers, and without photos. Throws Error{usage} for others.
  UnitAtPicture(std::shared_ptr<const Model> model, Objective unit, const ComputeOptions& compute);

  /// The value; the gradient becomes `gradient`, 3 x height x width, by the picture's own values.
  double look(const Image& picture, std::vector<float>& gradient);

 private:
  Objective unit_;
  Session session_;
};

/// By what the distance of a layer, match(photo, layer), is to be multiplied so that its gradient and the unit's are as
/// long, in sum of magnitudes over the photo's values: the published balance. At the photo that of the distance is 0, so it is
/// taken where each value is moved by 0.02, up or down. Throws Error{usage} where the unit has no gradient there.
double balancing_weight(const std::shared_ptr<const Model>& model, const Objective& unit,
                        const std::string& layer, const Image& photo, const ComputeOptions& compute);

/// How much each pixel was asked to move, in sum over the steps: magnitudes of gradients.
class TransparencyMap {
 public:
  /// 3 x height x width.
  void add(const std::vector<float>& gradient);

  /// The picture with an alpha: 1 where the sum is among the largest fifth, less in proportion below, as published. Opaque where
  /// nothing was added.
  Image applied(Image picture) const;

 private:
  std::vector<double> sums_;  ///< height x width.
};

/// Root mean square of the differences of two pictures of one size.
double distance_of(const Image& a, const Image& b);

}  // namespace limpid
