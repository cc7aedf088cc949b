// Fresh pictures of a job in the memory of a lane.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "engine/optimize/lane_memory.h"
#include "engine/optimize/lane_pictures.h"
#include "engine/optimize/lane_spec.h"
#include "engine/optimize/slot_job.h"

namespace limpid {

/// Gives pictures their parameters, tables and fixed pixels as a job starts.
class JobStart {
 public:
  JobStart(Backend& backend, const Stream& stream, const LaneSpec& spec, const LaneStep& step,
           const StepBinder& binder, LanePictures& pictures);

  /// Fixes the photos that the job of a slot is compared with. Throws Error{usage} for one of another size
  /// than the picture.
  void fix_photos(int slot, const std::vector<std::shared_ptr<const Image>>& photos) const;

  /// `number` counts the pictures of the job, photos included.
  void start_picture(int picture, const SlotJob& job, int number) const;

  /// The job's transforms, and its rule and rate of updates after `steps_done`, for a picture.
  void set_views(int picture, const SlotJob& job) const;
  void set_update(int picture, const SlotJob& job, int steps_done) const;

 private:
  void start_parameters(int picture, const SlotJob& job) const;
  void start_mask(int picture, const SlotJob& job) const;
  void fix(int picture, const Image& pixels, const std::vector<float>& mask, bool opaque) const;

  Backend& backend_;
  Stream stream_;
  const LaneSpec& spec_;
  const StepBinder& binder_;
  const ImageParameterisation& images_;
  LaneMemory memory_;
  LanePictures& pictures_;
  std::int64_t parameters_per_image_;
};

}  // namespace limpid
