// Many pictures through few slots: the one path of a single render and of a whole network's grid.
#pragma once

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/optimize/render.h"
#include "kernels/core/error.h"
#include "weights/model.h"

namespace limpid {

/// A picture to make, and the number its maker knows it by.
struct Job {
  std::int64_t id = 0;
  RenderOptions options;  ///< `compute` is ignored: the schedule's own counts.
  /// Which of the starts that the options ask for; the schedule counts them. A source leaves it 0. A finished
  /// job has that of the result, the best of those that did not fail.
  int restart = 0;
};

/// Where jobs come from. Called by several threads at once. A source hands jobs that can share a plan (layer,
/// size, parameterisation) out in a row, for a plan is built when they change.
class JobSource {
 public:
  virtual ~JobSource() = default;
  virtual std::optional<Job> next() = 0;
};

/// What became of a job.
struct JobResult {
  std::int64_t id = 0;
  std::vector<Snapshot> snapshots;  ///< In step order, the final picture last; empty when the job failed.
  std::vector<double> objective;    ///< Value before each update, and after the last.
  /// Of the final picture, image after image (see ParameterLayout); empty unless they were to be kept.
  std::vector<float> parameters;
  std::string failure;  ///< One line; empty when all went well.
  ErrorKind failure_kind = ErrorKind::runtime;
  std::vector<std::vector<double>> watched = {};  ///< Like `objective`, of each that is only watched.
};

/// Where results go. Called by several threads at once; a sink that writes files hands them to a thread of
/// its own, for the device waits for nothing else.
class JobSink {
 public:
  virtual ~JobSink() = default;
  virtual void started(const Job& job) = 0;
  /// From time to time, once `step` updates are done.
  virtual void progressed(const Job& job, int step, double objective) = 0;
  virtual void finished(const Job& job, JobResult result) = 0;
  /// After every ScheduleOptions::frame_every updates and after the last: the picture then.
  virtual void frame(const Job&, int /*step*/, const Image&) {}
  /// Asked after `progressed`: false ends the job where it is, as if it had asked for no more steps.
  virtual bool goes_on(const Job&) { return true; }
};

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
  int lanes = 0;  ///< Batches running side by side.
  int batch = 0;  ///< Slots of each.
};

/// Runs every job of the source. A job's result depends on its options, the weights, the device and the
/// precision alone: not on its neighbours, the batch, the lane or the order. A value that is not finite ends
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
