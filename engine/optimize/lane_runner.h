// Jobs through the slots of one lane, each slot refilled as its job ends.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "engine/optimize/job.h"
#include "engine/optimize/job_course.h"
#include "engine/optimize/lane.h"

namespace limpid {

struct LaneRunnerOptions {
  int poll_steps = 1;  ///< Steps between looks at objective values, since each waits for the device.
  bool keep_parameters = false;  ///< Whether results have them.
  int frame_every = 0;           ///< Updates from one frame to the next; 0 for none.
};

/// Runs a lane until its slots are empty and no further job fits.
class LaneRunner {
 public:
  LaneRunner(Lane& lane, int slots, const LaneRunnerOptions& options, JobSink& sink);

  /// `next` is called whenever a slot is free; nothing ends the run once the slots are empty.
  void run(const std::function<std::optional<Job>()>& next);

 private:
  /// A job in a slot.
  struct Running {
    Job job;
    JobCourse course;
    JobResult result;
    Image enlarged;  ///< The final picture, where it is of another size.
  };

  void fill(const std::function<std::optional<Job>()>& next);
  bool empty() const;
  void end_on_plateaus();
  void keep_snapshots();
  void keep_final_state();
  void poll();
  void finish_together();
  void finish_overrun();
  void finish(int slot, bool overrun);
  bool fail_if_due(int slot, const Running& running);
  void fail(int slot, std::string failure);
  Running release(int slot);
  bool all_have_their_steps() const;

  template <class Visit>
  void for_each_running(Visit visit);

  Lane& lane_;
  LaneRunnerOptions options_;
  JobSink& sink_;
  std::vector<std::optional<Running>> slots_;
  int steps_since_poll_ = 0;
};

}  // namespace limpid
