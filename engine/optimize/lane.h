// A lane: a batch of slots that take optimisation steps together on one stream.
#pragma once

#include <map>
#include <memory>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/image/staged_views.h"
#include "engine/network/executor.h"
#include "engine/optimize/job_start.h"
#include "engine/optimize/lane_memory.h"
#include "engine/optimize/lane_pictures.h"
#include "engine/optimize/lane_spec.h"
#include "engine/optimize/slot_job.h"
#include "engine/optimize/slot_state.h"
#include "engine/optimize/step_planner.h"
#include "engine/options/render_options.h"

namespace limpid {

/// One step of a slot: parameters -> latent -> colours -> fixed pixels -> with alpha, a random background ->
/// random views -> network -> objective, and all the way back to the update. A slot has the images of its job
/// and, after them, the photos they are compared with: pictures whose pixels all stay what they are, seen
/// through the same views as the job's images. A slot's result depends on its job alone: not on its place,
/// its neighbours, or the number of slots. Steps are recorded once, as programs, and replayed: all that
/// changes between them lies in the device's memory. Not for use by two threads at once.
class Lane {
 public:
  /// Plans, allocates and records everything. `stream` is the lane's for its lifetime.
  Lane(Backend& backend, const Stream& stream, const Model& model, const LaneSpec& spec);
  Lane(const Lane&) = delete;
  Lane& operator=(const Lane&) = delete;

  /// Puts a job into a slot, with fresh parameters. A slot never started runs along on nothing. Throws
  /// Error{usage} for a position outside the target's map, and a photo of another size than the picture.
  void start(int slot, const SlotJob& job);

  /// Goes on with another objective, learning rate or transforms, from the next step on. Those of `job` must ask for
  /// no other plan; the rest of it is as before. Throws Error{usage} for a position outside the
  /// target's map, and then has changed nothing.
  void change(int slot, const SlotJob& job);

  /// One update of every slot. On a GPU it returns before that is done (and waits when it is many steps
  /// ahead).
  void step();

  /// A step in two halves, where targets have gradients of the caller's: from the pictures to the targets, which
  /// `network` then has; and, once it was given their gradients, back and the update. Nothing but reads may come
  /// between them.
  void look();
  void step_on();

  /// Objective of every slot at the view the next step would be taken from, without taking it.
  void evaluate();

  /// Updates of the slot's job so far.
  int steps_done(int slot) const;

  /// Waits for the steps under way and brings `value` and `failure` up to date.
  void synchronise();

  /// Objective of the slot (column 0), or what watches it, at the latest views: the mean over its images. As
  /// of `synchronise`.
  double value(int slot, int column = 0) const;

  /// The step, from 1, at which the objective or the gradient of the slot's job was not finite first; 0 while
  /// all is well. As of `synchronise`.
  int failed_step(int slot) const { return failed_step_[static_cast<std::size_t>(slot)]; }

  /// The step, from 1, in which the gradient of an image of the slot was not zero everywhere first; 0 before.
  /// As of `synchronise`.
  int first_moved(int slot) const;

  /// One line for people on a step that failed, naming the operation where that can still be told.
  std::string describe_failure(int slot, int step);

  /// One line on a job that had no gradient in its first `steps` steps, with what may help.
  std::string describe_silence(int slot, int steps) const;

  /// Values of the objective, or of what watches it, at each step of the job so far.
  std::vector<double> curve(int slot, int column = 0);

  /// The same of a part of the steps, from step `first`, from 0, on.
  void read_curve(int slot, int column, int first, std::span<double> values);

  /// The picture as it is now, without a view; a job's images side by side.
  Image picture(int slot);

  /// The picture of a CPPN as it is now, at another size: made in bands of rows.
  Image picture_at(int slot, int height, int width);

  /// The picture that the latest step or evaluation looked at: what `picture` gave before it, without the
  /// work.
  Image picture_looked_at(int slot);

  /// What is optimised, as it is now: planes of values (see ParameterLayout) for each image.
  std::vector<float> parameters(int slot);

  /// Others in their place, as many, from the next step on. What the optimiser keeps stays.
  void set_parameters(int slot, std::span<const float> values);

  /// What the slot's job has come to. It must be one that has not failed.
  SlotState state(int slot);

  /// Goes on from there, in a slot that the same job was started in and no step was taken since. The parts must be as
  /// large as `empty_state` makes them.
  void resume(int slot, const SlotState& state);

  /// Of the latest step, or the first to come.
  NetworkExecutor& network() { return *route_->network; }

  /// Operations of a step, and of them the longest chain that must run one after the other.
  struct Shape {
    int operations = 0;
    int longest_chain = 0;
  };
  Shape shape() const { return route_->shape; }

  /// The operations of a step with plain ReLU gradients, in order: for profiles, which run them one by one.
  const std::vector<Task>& step_tasks() const { return route_->step_tasks; }

  /// What they were made from.
  const LaneStep& step_plan() const { return *route_->step; }
  const LaneSpec& spec() const { return spec_; }

 private:
  /// Programs for steps with plain ReLU gradients, and with each image's rule.
  struct StepPrograms {
    std::unique_ptr<Program> plain, ruled;
    void run(bool by_rules, const Stream& stream) const { (by_rules ? ruled : plain)->run(stream); }
  };

  /// Steps recorded for one way from the picture to the network. Lanes whose views are composed have one;
  /// staged views one for each sequence of canvas sizes.
  struct Route {
    std::unique_ptr<LaneStep> step;
    NetworkExecutor* network = nullptr;
    std::vector<Task> step_tasks;
    StepPrograms whole;
    std::unique_ptr<Program> first_half;  ///< Of lanes whose steps are taken in halves, as the next.
    StepPrograms second_half;
    std::unique_ptr<Program> evaluation;
    Shape shape;
  };

  void add_route(const Model& model, const std::vector<ViewStage>& stages);
  void record(Route& route, std::size_t number);
  void take_next_route();
  bool count_step();
  void limit_lead();
  void bind_goals(int first, const Goals& goals);
  void set_relu_rules(NetworkExecutor& network, int slot, ReluGradient rule);
  void bind_terms_to(NetworkExecutor& network, int first, const Goals& goals);

  Backend& backend_;
  Stream stream_;
  LaneSpec spec_;
  std::map<std::pair<int, int>, std::unique_ptr<NetworkExecutor>> networks_;  ///< By the input's size.
  std::map<CanvasSizes, Route> routes_;
  Route* route_ = nullptr;  ///< Of the latest step.
  std::unique_ptr<StepBinder> binder_;
  std::unique_ptr<LaneMemory> memory_;
  std::unique_ptr<LanePictures> pictures_;
  std::unique_ptr<JobStart> job_start_;
  std::vector<SlotJob> jobs_;
  std::vector<char> started_;
  std::vector<int> steps_done_;
  std::vector<double> values_;  ///< Views x columns.
  std::vector<std::int32_t> failed_step_;
  std::vector<std::int32_t> first_moved_;  ///< Of each picture.
  std::unique_ptr<Fence> older_, newer_;   ///< So that the host does not run ahead of a GPU without bound.
  int steps_since_fence_ = 0;
};

}  // namespace limpid
