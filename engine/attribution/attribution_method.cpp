#include "engine/attribution/attribution_method.h"

#include <algorithm>
#include <array>

#include "kernels/core/error.h"

namespace limpid {
namespace {

using enum GradientPoints;

constexpr std::array<AttributionMethod, 7> kMethods = {{
    {"linear", photo, false, "", "gradient at the photo x (activation - baseline)"},
    {"path", path, false, "",
     "gradient x (activation - baseline), integrated along the straight line from the baseline; halved where it is "
     "worst until the error is bounded"},
    {"smooth", around, false, "", "mean gradient at activations with noise x (activation - baseline)"},
    {"grad-x-input", photo, false, kPixels, "linear, to the pixels (Shrikumar 2016)"},
    {"integrated-gradients", path, false, kPixels, "path, to the pixels (Sundararajan 2017)"},
    {"smoothgrad", around, false, kPixels,
     "smooth, to the pixels; `gradient` in the file is the paper's map (Smilkov 2017)"},
    {"grad-cam", photo, true, "mixed5b",
     "linear, by each channel's mean gradient; the paper shows what is positive of the sum over channels "
     "(Selvaraju 2017)"},
}};

}  // namespace

std::span<const AttributionMethod> attribution_methods() {
  return kMethods;
}

const AttributionMethod& attribution_method(std::string_view name) {
  const auto* const found = std::ranges::find(kMethods, name, &AttributionMethod::name);
  if (found == kMethods.end())
    fail_usage("unknown method '{}': there are {}", name, attribution_method_names());
  return *found;
}

std::string attribution_method_names() {
  std::string names;
  for (const AttributionMethod& method : kMethods) {
    if (!names.empty()) names += ", ";
    names += method.name;
  }
  return names;
}

}  // namespace limpid
