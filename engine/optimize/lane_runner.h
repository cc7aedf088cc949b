// Jobs through the slots of one lane, each slot refilled as its job ends.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <vector>

#include "engine/optimize/lane.h"
#include "engine/optimize/scheduler.h"

namespace limpid {

/// Runs a lane until its slots are empty and no further job fits.
class LaneRunner {
 public:
  /// `poll_steps`: how many steps pass between looks at objective values, since each waits for the device.
  /// `keep_parameters`: whether results have them.
  LaneRunner(Lane& lane, int slots, int poll_steps, bool keep_parameters, JobSink& sink);

  /// `next` is called whenever a slot is free; nothing ends the run once the slots are empty.
  void run(const std::function<std::optional<Job>()>& next);

 private:
  /// A job in a slot.
  struct Running {
    Job job;
    int steps = 0;  ///< How many it is to have; fewer than asked for where it was ended early.
    JobResult result;
    Image enlarged;  ///< The final picture, where it is of another size.
  };

  void fill(const std::function<std::optional<Job>()>& next);
  bool empty() const;
  void keep_snapshots();
  void keep_final_state();
  void poll();
  void finish_together();
  void finish_overrun();
  void finish(int slot, bool overrun);
  bool failed(int slot, const Running& running) const;
  void fail(int slot, int step);
  Running release(int slot);
  bool all_have_their_steps() const;

  template <class Visit>
  void for_each_running(Visit visit);

  Lane& lane_;
  int poll_steps_;
  bool keep_parameters_;
  JobSink& sink_;
  std::vector<std::optional<Running>> slots_;
  int steps_since_poll_ = 0;
};

}  // namespace limpid
