// The transforms a picture is looked at through, as a device reads them.
#pragma once

#include <cstdint>

#include "kernels/ops/transform_kind.h"

namespace limpid {

/// Values of which one is drawn: `count` of them from `first` to `last`, each `times` times as likely as a
/// value that stands there once; or, with a count of 0, any value from `first` to `last`, uniformly.
struct ValueRange {
  float first = 0, last = 0;
  std::uint32_t count = 1;
  std::uint32_t times = 1;
  std::uint32_t geometric = 0;  ///< Not 0: neighbours have one ratio, not one difference.
};

/// A list, in the order in which its transforms are applied to the picture. Fixed in size, so that a slot
/// changes its list by one copy.
struct TransformList {
  static constexpr int kMostTransforms = 16;
  static constexpr int kMostRanges = 32;

  struct Entry {
    TransformKind kind = TransformKind::pad;
    std::int32_t first = 0, count = 0;  ///< Its part of `ranges`.
  };

  std::uint32_t until = 0xFFFFFFFF;  ///< Updates before a later list, if any, takes its place.
  float fill = 0.5F;                 ///< Picture value beyond the picture and its reflection.
  std::int32_t reflect = 0;  ///< Pixels by which the picture is mirrored outwards; less than its least side.
  std::int32_t count = 0;
  Entry entries[kMostTransforms + 1];  ///< One more resamples to the size that the network sees.
  ValueRange ranges[kMostRanges + 4];
};

}  // namespace limpid
