// The pictures of a lane, for the host.
#pragma once

#include <vector>

#include "engine/image/image.h"
#include "engine/optimize/lane_memory.h"
#include "engine/optimize/lane_spec.h"

namespace limpid {

/// Reads pictures, and makes them of parameters, between steps.
class LanePictures {
 public:
  LanePictures(Backend& backend, const Stream& stream, const LaneSpec& spec, const LaneStep& step,
               const StepBinder& binder);

  /// Makes the pictures of all slots' parameters as they are, without what masks and photos fix, or with it.
  void decode();
  void decode_and_fix();

  /// A picture of the batch, made last.
  Image read(int picture) const;

  /// A job's images side by side, made last.
  Image read_slot(int slot) const;

  /// Those of CPPNs at another size, made of the parameters as they are in bands of rows.
  Image enlarged_slot(int slot, int height, int width) const;

 private:
  Image enlarged(int picture, int height, int width) const;

  Backend& backend_;
  Stream stream_;
  const LaneSpec& spec_;
  LaneMemory memory_;
  std::int64_t parameters_per_image_;
  std::size_t decoded_, pictured_;
  std::vector<BoundStepOp> ops_;
};

}  // namespace limpid
