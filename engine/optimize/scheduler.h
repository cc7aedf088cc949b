// Many pictures through few slots: the one path of a single render and of a whole network's grid.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "engine/network/compute_options.h"
#include "engine/optimize/job.h"
#include "weights/model.h"

namespace limpid {

/// Slots of a GPU's lane for so many jobs, unless told otherwise.
int automatic_gpu_batch(std::int64_t jobs);

struct ScheduleOptions {
  ComputeOptions compute;
  int batch = 0;  ///< Slots that take a step together; 0 chooses.
  /// How many jobs the source holds, restarts counted, where that is known: a few are given all threads
  /// together instead of one each.
  std::optional<std::int64_t> jobs;
  bool keep_parameters = false;  ///< Whether results have what was optimised.
  int frame_every = 0;           ///< Updates from one frame to the next; 0 for none.
};

/// How the schedule is carried out, for people and records.
struct ScheduleReport {
  std::string device;
  std::string precision;
  int lanes = 0;        ///< Batches running side by side.
  int batch = 0;        ///< Slots of each; the fewest, where lanes differ.
  bool halved = false;  ///< Whether the device's memory held fewer slots than were wanted.
};

/// Runs every job of the source. A job's result depends on its options, the weights, the device and the
/// precision alone: not on its neighbours, the lane or the order, and not on the batch but on a GPU, whose
/// libraries choose other algorithms for other batches. A value that is not finite ends
/// its job, not the others. When `stop` becomes true, no further jobs are taken and those in flight are
/// finished, but for those of which not all restarts have begun: they are dropped. Throws what the source and
/// the sink throw, and Error{runtime} where the device fails.
ScheduleReport run_jobs(const Model& model, const ScheduleOptions& options, JobSource& source, JobSink& sink,
                        const std::atomic<bool>& stop);

class Device;

/// Makes a device for one lane.
using DeviceMaker = std::function<std::unique_ptr<Device>(const ComputeOptions&)>;

/// The same on devices of the caller's making.
ScheduleReport run_jobs(const Model& model, const ScheduleOptions& options, JobSource& source, JobSink& sink,
                        const std::atomic<bool>& stop, const DeviceMaker& make_device);

}  // namespace limpid
