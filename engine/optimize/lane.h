// A lane: a batch of slots that take optimisation steps together on one stream.
#pragma once

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/image/backgrounds.h"
#include "engine/image/colours.h"
#include "engine/image/parameterisation.h"
#include "engine/image/staged_views.h"
#include "engine/limpid.hpp"
#include "engine/network/executor.h"
#include "engine/objective/terms.h"
#include "engine/optimize/lane_spec.h"
#include "engine/optimize/slot_table.h"
#include "kernels/ops/colour_squash.h"
#include "kernels/ops/view.h"
#include "kernels/ops/warp.h"

namespace limpid {

/// What one slot works on; slots change jobs without a new plan.
struct SlotJob {
  Goals goals;
  std::uint64_t seed = 0;
  std::uint32_t image = 0;  ///< Number of the first image among those of one seed.
  UpdateRule update;
  Transforms transforms;
  ReluGradient relu_gradient = ReluGradient::redirected;
  int redirected_relu = 17;
  float initial_deviation = 0.01F;
  std::shared_ptr<const Photo> init;
  std::shared_ptr<const Mask> mask;  ///< In a masked lane alone.
};

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

  /// Puts a job into a slot, with fresh parameters. A slot never started runs along on nothing. Throws
  /// Error{usage} for a position outside the target's map, and a photo of another size than the picture.
  void start(int slot, const SlotJob& job);

  /// One update of every slot. On a GPU it returns before that is done (and waits when it is many steps
  /// ahead).
  void step();

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

  /// Values of the objective at `count` steps of the job from step `first`, from 0, on.
  std::vector<double> curve_part(int slot, int first, int count);

  /// The picture as it is now, without a view; a job's images side by side.
  Image picture(int slot);

  /// The picture of a CPPN as it is now, at another size: made in bands of rows.
  Image picture_at(int slot, int height, int width);

  /// The picture that the latest step or evaluation looked at: what `picture` gave before it, without the
  /// work.
  Image picture_looked_at(int slot);

  /// What is optimised, as it is now: planes of values (see ParameterLayout) for each image.
  std::vector<float> parameters(int slot);

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
  const LaneSpec& spec() const { return spec_; }

 private:
  class StepRecorder;

  /// A canvas between picture and network, and what fills it. Its values make room for its gradient.
  struct Canvas {
    ViewStage::Kind kind;
    DeviceArray<float> memory;
    Planar<float> pixels;
  };

  /// Steps recorded for one way from the picture to the network. Lanes whose views are composed have one;
  /// staged views one for each sequence of canvas sizes.
  struct Route {
    std::vector<Canvas> canvases;
    NetworkExecutor* network = nullptr;
    std::vector<Task> step_tasks;
    std::unique_ptr<Program> plain_step, ruled_step, evaluation;
    Shape shape;
  };

  void add_route(const Model& model, const std::vector<ViewStage>& stages);
  NetworkExecutor& network_for(const Model& model, int height, int width);
  void record(Route& route);
  void take_next_route();
  void decode();
  void bind_goals(int first, const Goals& goals);
  void set_relu_rules(NetworkExecutor& network, int slot, ReluGradient rule);
  void bind_terms_to(NetworkExecutor& network, int first, const Goals& goals);
  void start_picture(int picture, const SlotJob& job, int number);
  void start_parameters(int picture, const SlotJob& job);
  void start_mask(int picture, const SlotJob& job);
  void fix(int picture, const Image& pixels, const std::vector<float>& mask, bool opaque);
  void fix_photos(int slot, const std::vector<std::shared_ptr<const Image>>& photos);
  Image read(int picture);
  Image enlarged(int picture, int height, int width);

  Backend& backend_;
  Stream stream_;
  LaneSpec spec_;
  std::map<std::pair<int, int>, std::unique_ptr<NetworkExecutor>> networks_;  ///< By the input's size.
  std::map<CanvasSizes, Route> routes_;
  Route* route_ = nullptr;                 ///< Of the latest step.
  DeviceArray<ResampleRule> stage_rules_;  ///< Of staged views, one for each stage.
  DeviceArray<AffineMap> stage_maps_;      ///< Stages x pictures.
  DeviceArray<float> nothing_beyond_;      ///< A fill of 0 for each picture.
  std::unique_ptr<ImageParameterisation> images_;
  std::unique_ptr<Backgrounds> backgrounds_;  ///< Of lanes with alpha, as the next two.
  DeviceArray<float> shown_memory_;
  Planar<float> shown_;  ///< Pictures before their backgrounds; then the gradient of that.
  InputScaling scaling_;
  std::int64_t parameters_per_image_;
  DeviceArray<float> parameters_, first_moment_, second_moment_;
  DeviceArray<double> norm_parts_;  ///< Of GradientNorm, as are the factors; empty in lanes without it.
  DeviceArray<float> gradient_factor_;
  DeviceArray<float> rgb_memory_, gradient_memory_, latent_gradient_memory_;
  Planar<float> rgb_, gradient_;
  Planar<float>
      latent_gradient_;  ///< The memory of `gradient_` where latents have as many planes as pictures.
  DeviceArray<float> mask_memory_, fixed_memory_;  ///< Of lanes with masks or photos.
  Planar<float> mask_, fixed_;
  DeviceArray<PenaltyTerm> penalties_;  ///< Of lanes whose goals have terms on the picture, as the next two.
  DeviceArray<double> penalty_sums_;
  DeviceArray<float> penalty_residual_;
  DeviceArray<View> views_;                             ///< Where `needs.views`.
  DeviceArray<float> blur_, blurred_memory_, scratch_;  ///< Where `needs.blur`: deviations, pictures.
  SlotTable slots_;
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
