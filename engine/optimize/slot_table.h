// What differs from slot to slot, in memory the device reads.
#pragma once

#include <cstdint>

#include "kernels/core/slot_key.h"
#include "kernels/device_array.h"
#include "kernels/ops/affine_map.h"
#include "kernels/ops/draw_augmentation.h"

namespace limpid {

/// One entry a slot of everything a step reads or moves on, so that a slot changes its job by a few small
/// copies and a recorded step stays valid.
struct SlotTable {
  SlotTable(Backend& backend, int slots, int steps)
      : curve_steps(steps),
        keys(backend, count(slots)),
        lists(backend, count(slots)),
        maps(backend, count(slots)),
        fill(backend, count(slots)),
        learning_rate(backend, count(slots)),
        non_finite(backend, count(slots)),
        failed_step(backend, count(slots)),
        redirected_steps(backend, count(slots)),
        curve(backend, count(slots) * static_cast<std::size_t>(steps)) {}

  int curve_steps;
  DeviceArray<SlotKey> keys;
  DeviceArray<TransformList> lists;
  DeviceArray<AffineMap> maps;
  DeviceArray<float> fill;
  DeviceArray<float> learning_rate;
  DeviceArray<std::int32_t> non_finite;
  DeviceArray<std::int32_t> failed_step;
  DeviceArray<std::uint32_t> redirected_steps;
  DeviceArray<double> curve;  ///< slots x curve_steps.

 private:
  static std::size_t count(int slots) { return static_cast<std::size_t>(slots); }
};

}  // namespace limpid
