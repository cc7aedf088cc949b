// A plan with memory, weights and a backend: the network, ready to run forward and back to its input.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/network/dependencies.h"
#include "engine/network/plan.h"
#include "engine/network/target_terms.h"
#include "kernels/backend.h"
#include "kernels/device_array.h"
#include "kernels/ops/relu_gradient.h"
#include "weights/model.h"

namespace limpid {

class PlanBinder;

/// How a plan is computed.
struct ExecutorOptions {
  DType dtype = DType::f32;
  bool tf32 = false;  ///< f32 on a GPU: products of convolutions in TF32.
  /// Factor on every gradient inside the network, taken off again with the input gradient: it keeps fp16's
  /// from vanishing. Values of objectives are free of it. A power of two changes no other rounding.
  float gradient_scale = 1;
  /// Convolutions keep equal patches equal (ConvRequest::translation_exact). Flat regions of a photograph tie
  /// in max-pools (223 of 70,568 windows of maxpool1 in one); under Winograd the tie falls by the place
  /// within a tile, which is as good a subgradient but another one, and the input gradient of mixed4a:11
  /// moves by 1.5e-3. Answers that are to be compared with other programs want it; optimisation does not care
  /// and is faster without.
  bool translation_exact = false;
};

/// Memories of an executor outside its arena, as `dependencies` tells them apart.
struct NetworkMemory {
  static constexpr int input = -1;
  static constexpr int input_gradient = -2;
  static constexpr int values = -3;
  static constexpr int relu_rules = -4;
  /// Of a target, and their slopes.
  static constexpr int gram_matrices(int target) { return -100 - target; }
};

/// Runs one plan over and over. Steady state allocates nothing. Not for use by two threads at once.
class NetworkExecutor {
 public:
  /// Converts the weights the plan uses and allocates one arena. `stream` is what the executor will run on:
  /// plans are made for its number of threads.
  NetworkExecutor(Backend& backend, const Stream& stream, const Model& model, Plan plan,
                  const ExecutorOptions& options = {});

  /// Without memory for its arena: nothing may be run before `place`.
  struct Unplaced {};
  NetworkExecutor(Backend& backend, const Stream& stream, const Model& model, Plan plan,
                  const ExecutorOptions& options, Unplaced);
  ~NetworkExecutor();

  /// The arena of one that has none: `arena_bytes()` of device memory, aligned to 64. While the network does
  /// not run the bytes may be anybody's.
  void place(void* arena);

  const Plan& plan() const { return plan_; }
  float gradient_scale() const { return options_.gradient_scale; }

  /// The network's input in its own units and channel order, batch x 3 x height x width, and where it is
  /// there: fp32 planes, or (see Backend::groups_input) a tensor of one group. The other has no data.
  Planar<float> input() const { return input_; }
  Tensor grouped_input() const { return grouped_input_; }

  /// dL/dinput, times `gradient_scale`, in the form of the input, once `backward` has run.
  Planar<float> input_gradient() const { return input_gradient_; }
  Tensor grouped_input_gradient() const { return grouped_input_gradient_; }

  /// The input from and its gradient (free of `gradient_scale`) to host memory, planes of fp32 whatever the
  /// form. For one-shot questions: both wait, and need memory the first time.
  void set_input(const Planar<const float>& host);
  void get_input_gradient(const Planar<float>& host);

  /// Values of a target once `forward` has run. In a plan with a backward pass they last until `backward`.
  Tensor target_value(int target) const;

  /// The same in host memory, logical channels, image n: channels x height x width fp32 values.
  std::vector<float> download_target(int target, int n);

  /// The activations of the layer the plan begins with, image n, and once `backward` has run their gradient (free of
  /// `gradient_scale`): logical channels x height x width, in host memory. What was set stays until it is set again.
  void set_start(int n, const std::vector<float>& values);
  std::vector<float> start_gradient(int n) const;

  /// The caller's own gradient of a target that was requested with one, image n, in the same form; it stays likewise.
  void set_given_gradient(int target, int n, const std::vector<float>& gradient);

  /// The terms of the goals on a target for one image of the batch, in place of all it had. Initially none.
  void set_terms(int target, int image, const TargetTerms& terms);
  void set_term(int target, int image, const SlotTerm& term) {
    set_terms(target, image, {{{term, {}}}, {}, {}});
  }

  /// Values of each image, batch x columns of the plan, in the device's memory, once `backward` or `evaluate`
  /// has run.
  double* values() const { return values_.data(); }
  std::vector<double> download_values() const;

  /// One per image in the device's memory, which the form of the backward pass with a rule reads. Initially
  /// plain.
  ReluGradient* relu_rules() const { return relu_rules_.data(); }

  /// How gradients pass ReLUs: by the derivative, or each image by its rule, which is slower.
  enum class ReluRule { plain, ruled };

  void forward();

  /// Values of the objective, and the input gradient.
  void backward(ReluRule rule = ReluRule::plain);

  /// Values of the objective alone, after `forward`.
  void evaluate();

  /// Runs forward again, operation by operation, and names the first whose result is not finite; empty when
  /// all are. For messages: it is slow.
  std::string first_non_finite();

  /// Bytes of the arena: maps, gradients and the operations' scratch memory.
  std::size_t arena_bytes() const { return arena_bytes_; }

  /// One operation as it will run, for programs, benchmarks and tables.
  struct BoundOp {
    std::string name;
    std::string algorithm;  ///< Of convolutions; empty for the project's own kernels.
    double macs = 0;        ///< Multiply-accumulates per run, all images.
    Tensor result;          ///< What it writes; no data for the input gradient.
    std::function<void(const Stream&)> run;
    std::vector<MemoryUse> uses;
  };
  const std::vector<BoundOp>& forward_ops() const { return forward_; }
  const std::vector<BoundOp>& backward_ops(ReluRule rule = ReluRule::plain) const {
    return rule == ReluRule::plain ? backward_ : ruled_;
  }
  /// How many operations, from the first, of the plain backward list it takes to have the objective's values.
  std::size_t objective_op_count() const { return objective_ops_; }

 private:
  friend class PlanBinder;

  void allocate_targets();
  void allocate_input();
  Tensor tensor(const Slice& slice) const;
  GroupView<std::uint8_t> argmax(int buffer) const;
  Planar<float> staging();
  std::vector<float> download(const Tensor& tensor) const;
  std::vector<float> download_logical(const Tensor& image, const ChannelMap& channels, int count) const;
  void upload_logical(const Tensor& image, const ChannelMap& channels, const std::vector<float>& values,
                      float scale);

  Backend& backend_;
  Stream stream_;
  Plan plan_;
  ExecutorOptions options_;
  std::unique_ptr<PlanBinder> binder_;  ///< Until there is an arena.
  std::unique_ptr<DeviceMemory> own_arena_;
  std::size_t arena_bytes_ = 0;
  std::byte* arena_ = nullptr;
  std::unique_ptr<DeviceMemory> picture_;  ///< Input and its gradient.
  std::unique_ptr<DeviceMemory> staging_;  ///< Planes on their way to and from a grouped input.
  std::vector<std::size_t> offsets_;
  std::vector<std::size_t> bytes_;
  Planar<float> input_, input_gradient_;
  Tensor grouped_input_, grouped_input_gradient_;
  /// Terms of all images on one target, and what they point to.
  struct BoundTarget {
    DeviceArray<SlotTerm> seeds, caricatures;  ///< Batch x as many as the plan has room for.
    DeviceArray<double> caricature_sums;
    DeviceArray<GramTerm> grams;
    DeviceArray<float> vectors;
    DeviceArray<float> matrices, slopes;  ///< Of Gram matrices.
    DeviceArray<double> gram_sums;
    std::size_t vectors_per_image = 0;
  };
  std::vector<BoundTarget> targets_;
  DeviceArray<double> values_;
  DeviceArray<ReluGradient> relu_rules_;
  DeviceArray<std::int32_t> relu_scratch_;
  std::vector<std::unique_ptr<ConvPlan>> convs_;
  std::unique_ptr<StemConvPlan> stem_;
  std::vector<BoundOp> forward_;
  std::vector<BoundOp> backward_;
  std::size_t objective_ops_ = 0;
  std::vector<BoundOp> ruled_;  ///< The same with RuledRelu in place of the masks.
};

}  // namespace limpid
