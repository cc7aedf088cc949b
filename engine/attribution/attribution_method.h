// The ways to attribute, by name.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace limpid {

/// At which points gradients are taken.
enum class GradientPoints {
  photo,   ///< At the photo's activations.
  path,    ///< Along the ray from the baseline, until the bound on the error is met.
  around,  ///< At the photo's activations with noise, and averaged.
};

/// How a gradient becomes an attribution: attribution = mean gradient * (activation - baseline).
struct AttributionMethod {
  std::string_view name;
  GradientPoints points = GradientPoints::photo;
  bool pooled = false;  ///< Whether a channel's gradients are averaged over positions.
  /// The layer it is for where none is named: one by its name, or kPixels; empty where it has to be named.
  std::string_view layer;
  std::string_view help;  ///< What it computes, and where that comes from.
};

/// Names the photo itself in place of a layer.
inline constexpr std::string_view kPixels = "pixels";

/// Every method, a row each.
std::span<const AttributionMethod> attribution_methods();

/// The row of that name. Throws Error{usage} listing them.
const AttributionMethod& attribution_method(std::string_view name);

/// The names, separated by commas.
std::string attribution_method_names();

}  // namespace limpid
