// What differs from slot to slot and from picture to picture, in memory the device reads.
#pragma once

#include <cstdint>

#include "engine/optimize/lane_spec.h"
#include "kernels/core/slot_key.h"
#include "kernels/device_array.h"
#include "kernels/ops/affine_map.h"
#include "kernels/ops/draw_augmentation.h"
#include "kernels/ops/relu_gradient.h"
#include "kernels/ops/update_rule.h"

namespace limpid {

/// Everything a step reads or moves on, so that a slot changes its job by a few small
/// copies and a recorded step stays valid.
struct SlotTable {
  SlotTable(Backend& backend, const LaneSpec& spec, int steps)
      : curve_steps(steps),
        keys(backend, count(spec.all_pictures())),
        lists(backend, count(spec.all_pictures())),
        follow(backend, count(spec.all_pictures())),
        maps(backend, count(spec.views())),
        fill(backend, count(spec.all_pictures())),
        rules(backend, count(spec.all_pictures())),
        rate(backend, count(spec.all_pictures())),
        momentum(backend, count(spec.all_pictures())),
        non_finite(backend, count(spec.all_pictures())),
        first_moved(backend, count(spec.all_pictures())),
        failed_step(backend, count(spec.slots)),
        relu_rules(backend, count(spec.slots)),
        relu_steps(backend, count(spec.slots)),
        curve(backend, count(spec.slots * spec.goals.columns) * static_cast<std::size_t>(steps)) {}

  int curve_steps;
  // One for each picture.
  DeviceArray<SlotKey> keys;
  DeviceArray<TransformList> lists;
  DeviceArray<std::int32_t> follow;  ///< The picture whose random views it is seen through.
  DeviceArray<AffineMap> maps;       ///< One for each view.
  DeviceArray<float> fill;
  DeviceArray<UpdateRule> rules;
  DeviceArray<float> rate;      ///< Of the next update.
  DeviceArray<float> momentum;  ///< NAdam's: see ParameterUpdate.
  DeviceArray<std::int32_t> non_finite;
  /// The first update, from 1, whose gradient was not zero everywhere.
  DeviceArray<std::int32_t> first_moved;
  // One for each slot.
  DeviceArray<std::int32_t> failed_step;
  DeviceArray<ReluGradient> relu_rules;
  DeviceArray<std::uint32_t> relu_steps;  ///< Updates that the rule serves.
  DeviceArray<double> curve;              ///< slots x columns x curve_steps.

 private:
  static std::size_t count(int n) { return static_cast<std::size_t>(n); }
};

}  // namespace limpid
