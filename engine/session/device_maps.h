// Between the caller's memory on a device and the maps of a network there. Nothing waits for the host.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/network/executor.h"
#include "engine/network/tensor_view.h"
#include "engine/session/picture_transfer.h"
#include "kernels/device_array.h"

namespace limpid {

/// Where channels lie outside, in the device's memory, for the maps of one network. Extents are as the network's: who
/// calls has checked them.
class DeviceMaps {
 public:
  DeviceMaps(Backend& backend, const Stream& stream, const Plan& plan, const PictureRule& picture);

  // What these write and read is as the functions of NetworkExecutor and SessionPlan of like names say.
  void write_input(const Stream&, const NetworkExecutor&, const DeviceView&);
  void write_tangent(const Stream&, const NetworkExecutor&, const DeviceView&);
  void read_gradient(const Stream&, const NetworkExecutor&, const DeviceView&);
  /// Zeros where the view has no data.
  void write_given_gradient(const Stream&, const NetworkExecutor&, int target, const DeviceView&);
  void read_target(const Stream&, const NetworkExecutor&, int target, const DeviceView&);
  void read_tangent(const Stream&, const NetworkExecutor&, int target, const DeviceView&);

 private:
  using Channels = DeviceArray<std::int32_t>;

  void take(const Stream&, const DeviceView&, const Channels&, float factor, const float* offsets,
            const Tensor&);
  void give(const Stream&, const Tensor&, const Channels&, float factor, const DeviceView&);
  const Channels& of_target(int target) const { return targets_[static_cast<std::size_t>(target)]; }

  Backend& backend_;
  PictureRule picture_;
  Channels input_;
  DeviceArray<float> offsets_;  ///< Of the picture; none of a start layer.
  std::vector<Channels> targets_;
};

}  // namespace limpid
