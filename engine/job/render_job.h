// A render that is pulled: so many updates at a time, its picture at any moment, changes on the way, and its state as
// bytes.
#pragma once

#include <atomic>
#include <cstddef>
#include <limits>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/image/image.h"
#include "engine/job/job_options.h"
#include "engine/job/steering.h"
#include "engine/network/device.h"
#include "engine/network/tensor_view.h"
#include "engine/network/turn.h"
#include "engine/optimize/job_course.h"
#include "weights/model.h"

namespace limpid {

struct JobState;
class Lane;

/// Changes that took effect after so many updates.
struct SteeringRecord {
  int step = 0;
  Steering steering;
};

/// One job on a lane of its own. What it makes are the bytes of `render` with the same options, however its steps are
/// pulled; those and the changes, each at its step, decide them, on one device and precision.
///
/// Not for use by two threads at once, which is an error where it is noticed: Error{usage}; threads may take turns, and
/// `cancel` may come from any. Where a step fails, for what was computed is not finite or there was no gradient to begin
/// with, it throws Error{runtime}, as every step after it does.
class RenderJob {
 public:
  /// Plans, allocates and starts it. Throws what check_job_options throws; Error{usage} for a target that is unknown,
  /// named twice or not computed from the picture; Error{runtime} where the device is missing or its memory short.
  RenderJob(std::shared_ptr<const Model> model, const JobOptions& options);

  /// On a device of the caller's, in place of that of the options.
  RenderJob(std::shared_ptr<const Model> model, const JobOptions& options, Device device);

  /// Goes on where the job of these bytes was saved. Its picture's bytes are those of a job that never stopped. `files`
  /// reads what the job names, where it names any. Throws Error{input} for bytes that are damaged, foreign or
  /// of a job on other weights, Error{usage} for another device or precision than it had, and what the constructor and `files` throw.
  static std::unique_ptr<RenderJob> restore(std::shared_ptr<const Model> model,
                                            std::span<const std::byte> bytes, const ComputeOptions& compute,
                                            JobFileReader* files = nullptr);
  static std::unique_ptr<RenderJob> restore(std::shared_ptr<const Model> model,
                                            std::span<const std::byte> bytes, Device device,
                                            JobFileReader* files = nullptr);

  ~RenderJob();
  RenderJob(const RenderJob&) = delete;
  RenderJob& operator=(const RenderJob&) = delete;

  /// Takes up to `count` updates, fewer where the job is over before: it has its steps, its objective has reached a
  /// plateau (RenderOptions::patience) or it was cancelled. Returns how many it has had in all. After the first,
  /// nothing is allocated (oneDNN's own table of arguments excepted, and views of a peer's, which change size). Only of
  /// jobs without targets.
  int step(int count);

  /// How many updates it has had.
  int steps_done() const;

  /// How many updates the job is to have: fewer than asked for once it has reached a plateau.
  int steps() const { return course_.steps(); }

  bool cancelled() const noexcept { return cancelled_; }
  bool over() const { return cancelled() || steps_done() >= steps(); }

  /// Value of the objective that the latest update began with; NaN before the first, 0 where there is no objective.
  double objective() const { return objective_; }

  /// Value of the objective at the picture as it is, at the view that the next update would begin with: after the last
  /// one, what a render's curve ends in.
  double evaluate();

  /// Values of the objective (column 0), or of what watches it, before each update so far.
  std::vector<double> curve(int column = 0);

  /// The picture as it is; its images side by side; of a CPPN at the size that was asked for.
  Image image();
  const RenderOptions& options() const { return options_.render; }

  /// What is optimised: as many images as the job has, planes and values of one plane (see ParameterLayout), and 1.
  Extents parameter_extents() const;

  /// What is optimised, as it is now, into a tensor of those extents.
  void parameters(const TensorView<float>& to);

  /// Others in their place, from the next update on; what the optimiser keeps of earlier gradients stays. The log does not
  /// have them: it no longer makes the same bytes, while `save` has all. Throws Error{usage} for other extents and for a
  /// value that is not finite, and has then changed nothing.
  void set_parameters(const TensorView<const float>& from);

  /// Changes that take effect at the next update. Throws Error{usage} naming what cannot be had without a new plan, and
  /// has then changed nothing.
  void set(const Steering& steering);

  /// All changes so far. A job with the same options that is given each of them at its step makes the same bytes.
  const std::vector<SteeringRecord>& log() const { return log_; }

  /// For people and programs, in JSON: {"job": the options, "height", "width" of its picture, "steps_done", "steps", "cancelled",
  /// "steering": [{"step", "set"}, ...] (the log)}.
  std::string describe();

  /// What `set` takes, of JSON as steering_from_json reads it; `name` is that of the text in messages.
  Steering parse_steering(std::string_view json, const std::string& name) const;

  /// Ends the job for good, after the update under way (on a GPU: after those it was given, at most 32). From any thread.
  /// Its picture and state can still be had, and what is restored from that goes on.
  void cancel() noexcept { cancelled_ = true; }

  /// Everything that `restore` goes on from (see job_state.h). Throws Error{runtime} for a job that has failed.
  std::vector<std::byte> save();

  /// Targets of the caller's own objective, and the extents of one: as many as images of the job, and photos it is
  /// compared with, times draws, its channels, its map.
  int target_count() const { return static_cast<int>(targets_.size()); }
  Extents target_extents(int target) const;

  /// Activations of a target for the picture as it is, at the view of the next update.
  void activations(int target, const TensorView<float>& to);

  /// One update along the gradient of the sum over all targets, and of them all views, of <cotangent, target>, and of the
  /// objective where there is one. One cotangent a target; one without data is zero. Returns how many updates there were
  /// in all: as many as before where the job is over.
  int step_with(std::span<const TensorView<const float>> cotangents);

 private:
  static std::unique_ptr<RenderJob> restore(std::shared_ptr<const Model> model, JobState state, Device device,
                                            JobFileReader* files);

  void resume(const JobState& state);
  void check_alive() const;
  void check_target(int target) const;
  void check_parameters(const Extents& given) const;
  void look();
  void observe();
  std::string target_name(int target) const;

  std::shared_ptr<const Model> model_;
  JobOptions options_;
  SteeredOptions steered_;
  Device device_;
  std::vector<int> targets_;  ///< Of the plan: those with gradients of the caller's.
  std::unique_ptr<Lane> lane_;
  JobCourse course_;
  int poll_steps_ = 1;
  bool looked_ = false;  ///< Whether the lane is between the halves of a step.
  std::atomic<double> objective_ = std::numeric_limits<double>::quiet_NaN();
  std::string failure_;
  std::vector<SteeringRecord> log_;
  std::string digest_;  ///< Of the weights, once it was wanted.
  std::atomic<bool> cancelled_ = false;
  Turns turns_;
};

}  // namespace limpid
