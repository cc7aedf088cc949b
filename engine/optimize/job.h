// Pictures to make: a job, where jobs come from, and where their results go.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "engine/image/image.h"
#include "engine/optimize/snapshot.h"
#include "engine/options/render_options.h"
#include "kernels/core/error.h"

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

}  // namespace limpid
