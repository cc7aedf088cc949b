// A plan with memory, weights and a backend: the network, ready to run forward and back to its input.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "engine/network/bound_network.h"
#include "engine/network/map_transfer.h"
#include "weights/model.h"

namespace limpid {

class PlanBinder;

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

  /// What operations and copies run on from now on; at first the stream it was made with, whose threads plans were made for.
  void set_stream(const Stream& stream) {
    n_.stream = stream;
    transfer_.set_stream(stream);
  }

  const Plan& plan() const { return n_.plan; }
  float gradient_scale() const { return n_.options.gradient_scale; }

  /// The network's input in its own units and channel order, batch x 3 x height x width, and where it is
  /// there: fp32 planes, or (see Backend::groups_input) a tensor of one group. The other has no data.
  Planar<float> input() const { return n_.input; }
  Tensor grouped_input() const { return n_.grouped_input; }

  /// dL/dinput, times `gradient_scale`, in the form of the input, once `backward` has run.
  Planar<float> input_gradient() const { return n_.input_gradient; }
  Tensor grouped_input_gradient() const { return n_.grouped_input_gradient; }

  /// The input from and its gradient (free of `gradient_scale`) to host memory, planes of fp32 whatever the
  /// form. For one-shot questions: both wait, and need memory the first time.
  void set_input(const Planar<const float>& host);
  void get_input_gradient(const Planar<float>& host);

  /// Where a tangent of the input is in a plan with a pass along one, in the form of the input; see set_input.
  Planar<float> input_tangent() const { return n_.input_tangent; }
  void set_input_tangent(const Planar<const float>& host);
  Tensor grouped_input_tangent() const { return n_.grouped_input_tangent; }

  /// Maps where they are, in the device's memory, as below: gradients are times `gradient_scale`.
  Tensor start_map() const { return n_.tensor(n_.plan.start.value); }
  Tensor start_gradient_map() const { return n_.tensor(n_.plan.start.gradient); }
  Tensor start_tangent_map() const { return n_.tensor(n_.plan.start.tangent); }
  Tensor given_gradient_map(int target) const;
  Tensor tangent_map(int target) const;

  /// Values of a target once `forward` has run; none in a plan of micro-batches in one pass. In a plan with a backward pass they last until `backward`.
  Tensor target_value(int target) const;

  /// The same in host memory, logical channels, image n: channels x height x width fp32 values.
  std::vector<float> download_target(int target, int n);

  /// The same of all images, into the caller's memory.
  void read_target(int target, const TensorView<float>& to);

  /// The activations of the layer the plan begins with, image n, and once `backward` has run their gradient (free of
  /// `gradient_scale`): logical channels x height x width, in host memory. What was set stays until it is set again.
  void set_start(int n, const std::vector<float>& values);
  std::vector<float> start_gradient(int n);

  /// The same of all images, from and into the caller's memory.
  void write_start(const TensorView<const float>& from);
  void read_start_gradient(const TensorView<float>& to);

  /// The caller's own gradient of a target that was requested with one, image n, in the same form; it stays likewise
  /// where the target has terms too (see TargetRequest::given_gradient).
  void set_given_gradient(int target, int n, const std::vector<float>& gradient);

  /// The same of all images; zero where `from` has no data.
  void write_given_gradient(int target, const TensorView<const float>& from);

  /// The tangent of the layer the plan begins with, and once `push` has run those of the targets, all images.
  void write_start_tangent(const TensorView<const float>& from);
  void read_tangent(int target, const TensorView<float>& to);

  /// The terms of the goals on a target for one image of the batch, in place of all it had. Initially none.
  void set_terms(int target, int image, const TargetTerms& terms);
  void set_term(int target, int image, const SlotTerm& term) {
    set_terms(target, image, {{{term, {}}}, {}, {}});
  }

  /// Values of each image, batch x columns of the plan, in the device's memory, once `backward` or `evaluate`
  /// has run.
  double* values() const { return n_.values.data(); }
  std::vector<double> download_values() const;

  /// One per image in the device's memory, which the form of the backward pass with a rule reads. Initially
  /// plain.
  ReluGradient* relu_rules() const { return n_.relu_rules.data(); }

  /// How gradients pass ReLUs: by the derivative, or each image by its rule, which is slower.
  enum class ReluRule { plain, ruled };

  /// Throws std::logic_error, as `backward` does, in a plan of micro-batches in one pass.
  void forward();

  /// Values of the objective, and the input gradient.
  void backward(ReluRule rule = ReluRule::plain);

  /// Both in one, a micro-batch as far as it can go alone after the other. No target's values are there afterwards.
  void gradient(ReluRule rule = ReluRule::plain);

  /// How the targets change along the tangent of what the plan begins with, by the choices of the last `forward`.
  void push();

  /// Forward, and the values of the objective alone.
  void evaluate();

  /// Runs forward again, operation by operation, and names the first whose result is not finite; empty when
  /// all are. For messages: it is slow.
  std::string first_non_finite();

  /// Bytes of the arena: maps, gradients and the operations' scratch memory.
  std::size_t arena_bytes() const { return arena_bytes_; }

  /// Whether the batch is split: then its operations are a pass only in the order of depth_first.
  bool in_micro_batches() const { return n_.plan.micro_batch < n_.plan.batch; }

  using BoundOp = limpid::BoundOp;
  const std::vector<BoundOp>& forward_ops() const { return n_.forward; }
  const std::vector<BoundOp>& backward_ops(ReluRule rule = ReluRule::plain) const {
    return rule == ReluRule::plain ? n_.backward : n_.ruled;
  }
  /// How many operations, from the first, of the plain backward list it takes to have the objective's values.
  std::size_t objective_op_count() const { return n_.objective_ops; }

 private:
  void allocate_targets();
  void allocate_input();
  void check_passes_apart() const;
  template <class Ops>
  void run(const Ops& ops);
  Planar<float> staging();
  void upload_planes(const Planar<const float>& host, const Planar<float>& planar, const Tensor& grouped);
  std::vector<float> download(const Tensor& tensor) const;
  std::vector<float> download_logical(const Tensor& image, const ChannelMap& channels, int count,
                                      float factor);

  BoundNetwork n_;
  MapTransfer transfer_;
  std::unique_ptr<PlanBinder> binder_;  ///< Until there is an arena.
  std::unique_ptr<DeviceMemory> own_arena_;
  std::size_t arena_bytes_ = 0;
  std::vector<const BoundOp*> gradient_, ruled_gradient_, evaluation_;  ///< Passes of several lists.
  std::unique_ptr<DeviceMemory> picture_;                               ///< Input and its gradient.
  std::unique_ptr<DeviceMemory> staging_;  ///< Planes on their way to and from a grouped input.
};

}  // namespace limpid
