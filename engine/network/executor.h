// A plan with memory, weights and a backend: the network, ready to run forward and back to its input.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/network/plan.h"
#include "kernels/backend.h"
#include "kernels/ops/lrn.h"
#include "kernels/ops/objective_seed.h"
#include "weights/model.h"

namespace limpid {

/// How a plan is computed.
struct ExecutorOptions {
  DType dtype = DType::f32;
  /// Convolutions keep equal patches equal (ConvRequest::translation_exact). Flat regions of a photograph tie
  /// in max-pools (223 of 70,568 windows of maxpool1 in one); under Winograd the tie falls by the place
  /// within a tile, which is as good a subgradient but another one, and the input gradient of mixed4a:11
  /// moves by 1.5e-3. Answers that are to be compared with other programs want it; optimisation does not care
  /// and is faster without.
  bool translation_exact = false;
};

/// Runs one plan over and over. Steady state allocates nothing. Not for use by two threads at once.
class NetworkExecutor {
 public:
  /// Converts the weights the plan uses and allocates one arena. `stream` is what the executor will run on:
  /// plans are made for its number of threads.
  NetworkExecutor(Backend& backend, const Stream& stream, const Model& model, Plan plan,
                  const ExecutorOptions& options = {});

  const Plan& plan() const { return plan_; }

  /// The network's input (batch x 3 x height x width, fp32, in its own units and channel order), for the
  /// caller to write.
  Planar<float> input() { return input_; }

  /// dL/dinput, of the extents of `input()`, once `backward` has run.
  Planar<float> input_gradient() { return input_gradient_; }

  /// Values of a target once `forward` has run. In a plan with a backward pass they last until `backward`.
  Tensor target_value(int target) const;

  /// The terms of the objective on a target, one per image of the batch, for the caller to set. Initially
  /// none.
  SlotTerm* terms(int target) { return terms_.data() + static_cast<std::ptrdiff_t>(target) * plan_.batch; }

  /// Value of each image's objective, once `backward` or `evaluate` has run.
  const std::vector<double>& values() const { return values_; }

  /// One flag per image: nonzero asks `backward` for lucid's redirected ReLU rule (see RedirectedRelu).
  /// Initially 0.
  std::int32_t* redirect() { return redirect_.data(); }

  void forward();

  /// Values of the objective, and the input gradient.
  void backward();

  /// Values of the objective alone, after `forward`.
  void evaluate();

  /// Runs forward again, operation by operation, and names the first whose result is not finite; empty when
  /// all are. For messages: it is slow.
  std::string first_non_finite();

  /// Bytes of the arena, and of the scratch memory operations share.
  std::size_t arena_bytes() const { return arena_->bytes(); }
  std::size_t workspace_bytes() const { return workspace_->bytes(); }

  /// One operation as it will run, for benchmarks and tables.
  struct BoundOp {
    std::string name;
    std::string algorithm;  ///< Of convolutions; empty for the project's own kernels.
    double macs = 0;        ///< Multiply-accumulates per run, all images.
    Tensor result;          ///< What it writes; no data for the input gradient.
    std::function<void()> run;
  };
  const std::vector<BoundOp>& forward_ops() const { return forward_; }
  const std::vector<BoundOp>& backward_ops() const { return backward_; }

 private:
  friend class PlanBinder;

  Tensor tensor(const Slice& slice) const;
  GroupView<std::uint8_t> argmax(int buffer) const;

  Backend& backend_;
  Stream stream_;
  Plan plan_;
  ExecutorOptions options_;
  LrnConstants lrn_;
  std::unique_ptr<DeviceMemory> arena_;
  std::unique_ptr<DeviceMemory> workspace_;
  std::unique_ptr<DeviceMemory> picture_;  ///< Input and its gradient.
  std::vector<std::size_t> offsets_;
  Planar<float> input_;
  Planar<float> input_gradient_;
  std::vector<SlotTerm> terms_;
  std::vector<double> values_;
  std::vector<std::int32_t> redirect_;
  std::vector<std::unique_ptr<ConvPlan>> convs_;
  std::unique_ptr<StemConvPlan> stem_;
  std::vector<BoundOp> forward_;
  std::vector<BoundOp> backward_;
  std::vector<BoundOp> redirected_;  ///< The same with the redirected ReLU in place of the masks.
};

}  // namespace limpid
