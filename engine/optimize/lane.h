// A lane: a batch of slots that take optimisation steps together on one stream.
#pragma once

#include <memory>
#include <vector>

#include "engine/image/parameterisation.h"
#include "engine/limpid.hpp"
#include "engine/network/executor.h"
#include "engine/network/planner.h"
#include "kernels/core/slot_key.h"
#include "kernels/ops/affine_map.h"
#include "kernels/ops/colour_squash.h"
#include "kernels/ops/draw_augmentation.h"
#include "kernels/ops/warp.h"

namespace limpid {

/// What all slots of a lane share: everything that shapes the plan.
struct LaneSpec {
  TargetRequest target;
  int height = 224, width = 224;
  int slots = 1;
  Parameterisation parameterisation = Parameterisation::spectral;
  bool decorrelate_colour = true;
  float decay_power = 1;
};

/// What one slot works on; slots change jobs without a new plan.
struct SlotJob {
  Objective objective;  ///< On the lane's target.
  std::uint64_t seed = 0;
  std::uint32_t image = 0;  ///< Number of the image among those of one seed.
  float learning_rate = 0.05F;
  Augmentation augmentation;
  bool redirected_relu = true;
};

/// One step of a slot: parameters -> latent -> colours -> a random view -> network -> objective, and all the
/// way back to Adam. A slot's result depends on its job alone: not on its place, its neighbours, or the
/// number of slots.
class Lane {
 public:
  /// Plans and allocates everything. `stream` is the lane's for its lifetime.
  Lane(Backend& backend, const Stream& stream, const Model& model, const LaneSpec& spec);

  /// Puts a job into a slot, with fresh parameters. A slot never started runs along on nothing.
  void start(int slot, const SlotJob& job);

  /// One update of every slot. Throws Error{runtime} naming operation and step when a value of a started slot
  /// is not finite.
  void step();

  /// Objective of each slot at the view its latest step was taken from.
  double value(int slot) const { return network_.values()[static_cast<std::size_t>(slot)]; }

  /// Objective of every slot at the view the next step would be taken from, without taking it.
  void evaluate();

  /// The picture as it is now, without a view.
  Image picture(int slot);

  NetworkExecutor& network() { return network_; }

 private:
  void look();  ///< Parameters to network input.
  void decode();
  void check_finite();

  Backend& backend_;
  Stream stream_;
  LaneSpec spec_;
  NetworkExecutor network_;
  std::unique_ptr<ImageParameterisation> images_;
  ColourMatrix colours_;
  InputScaling scaling_;
  std::int64_t parameters_per_image_;
  std::unique_ptr<DeviceMemory> parameters_, first_moment_, second_moment_;
  std::unique_ptr<DeviceMemory> rgb_memory_, gradient_memory_;
  Planar<float> rgb_, gradient_;
  std::vector<SlotJob> jobs_;
  std::vector<char> started_;
  std::vector<SlotKey> keys_;
  std::vector<AugmentationRange> ranges_;
  std::vector<AffineMap> views_;
  std::vector<float> fill_;
  std::vector<float> learning_rates_;
  std::vector<int> non_finite_;
};

}  // namespace limpid
