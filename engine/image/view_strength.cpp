#include "engine/image/view_strength.h"

#include <cmath>

#include "kernels/core/error.h"
#include "kernels/ops/transform_list.h"

namespace limpid {
namespace {

/// What the values of a transform are where it does nothing; for kinds that have such values.
float neutral(TransformKind kind) {
  switch (kind) {
    case TransformKind::scale:
    case TransformKind::contrast:
    case TransformKind::brightness:
    case TransformKind::saturation:
      return 1;
    default:
      return 0;
  }
}

/// The ranges of a transform as values that say all of them, so that those keep their number at another width.
std::vector<Values> spelt_out(const Transform& transform) {
  std::vector<Values> choices;
  for (const ValueRange& range : value_ranges(transform)) {
    choices.push_back({range.first, range.last, static_cast<int>(range.count), static_cast<int>(range.times),
                       range.geometric != 0});
  }
  return choices;
}

void weaken(Transform& transform, float strength) {
  switch (transform.kind) {
    case TransformKind::pad:
    case TransformKind::reflect_pad:
    case TransformKind::crop:
    case TransformKind::centre_crop:
      return;
    case TransformKind::jitter:
      transform.arguments.front().first = transform.arguments.front().last =
          std::round(strength * transform.arguments.front().first);
      return;
    case TransformKind::homography:
    case TransformKind::flip:
      for (Values& values : transform.arguments) values.first = values.last = strength * values.first;
      return;
    default:
      transform.arguments = spelt_out(transform);
      for (Values& values : transform.arguments) {
        const float zero = neutral(transform.kind);
        values.first = zero + strength * (values.first - zero);
        values.last = zero + strength * (values.last - zero);
        if (values.first == values.last) values = {values.first, values.last, 0, values.times, false};
      }
  }
}

}  // namespace

Transforms at_strength(const Transforms& transforms, float strength) {
  if (strength == 1) return transforms;
  Transforms weaker = transforms;
  for (Transform& transform : weaker.list) weaken(transform, strength);
  return weaker;
}

Transforms with_noise(const Transforms& transforms, float deviation) {
  Transforms noisy = transforms;
  bool found = false;
  for (Transform& transform : noisy.list) {
    if (transform.kind != TransformKind::noise) continue;
    transform.arguments = {{deviation, deviation, 0, 1, false}};
    found = true;
  }
  if (!found) fail_usage("the views have no noise to change: begin with noise(0) among the transforms");
  return noisy;
}

}  // namespace limpid
