// Turns the symbolic operations of a plan into calls on memory.
#pragma once

#include <map>
#include <string>
#include <vector>

#include "engine/network/bound_network.h"

namespace limpid {

/// Two passes over a plan: convolutions are made first, for only they know how much scratch memory they need;
/// once the arena is there, every operation is bound to it.
class PlanBinder {
 public:
  explicit PlanBinder(BoundNetwork& network) : n_(network) {}

  /// Makes the convolutions, and adds a workspace buffer of each that wants one to the plan, its bytes to
  /// `bytes`, one entry a buffer.
  void make_convolutions(std::vector<std::size_t>& bytes);

  /// Fills the network's lists of operations.
  void bind();

  // One per alternative of AnyOp; for std::visit.
  void operator()(const StemFpropOp& op);
  void operator()(const ConvFpropOp& op);
  void operator()(const ReluFpropOp& op);
  void operator()(const TopKOp& op);
  void operator()(const JumpReluOp& op);
  void operator()(const MaxPoolFpropOp& op);
  void operator()(const LrnFpropOp& op);
  void operator()(const LrnPoolFpropOp& op);
  void operator()(const AveragePoolFpropOp& op);
  void operator()(const SoftmaxFpropOp& op);
  void operator()(const SeedOp& op);
  void operator()(const CaricatureSeedOp& op);
  void operator()(const GramSeedOp& op);
  void operator()(const StemDgradOp& op);
  void operator()(const ConvDgradOp& op);
  void operator()(const MaxPoolBpropOp& op);
  void operator()(const LrnBpropOp& op);
  void operator()(const LrnPoolBpropOp& op);
  void operator()(const AveragePoolBpropOp& op);
  void operator()(const SoftmaxBpropOp& op);
  void operator()(const ReluBackwardOp& op);
  void operator()(const AddGradientOp& op);
  void operator()(const StemPushOp& op);
  void operator()(const ConvPushOp& op);
  void operator()(const ReluPushOp& op);
  void operator()(const MaxPoolPushOp& op);
  void operator()(const WindowMeanPushOp& op);
  void operator()(const LrnPushOp& op);
  void operator()(const AveragePoolPushOp& op);
  void operator()(const SoftmaxPushOp& op);

 private:
  /// What was made for one operation of the plan.
  struct Made {
    ConvPlan* conv = nullptr;
    int workspace = -1;  ///< Buffer of the plan; none for -1.
  };

  class ConvolutionMaker;

  using Run = std::function<void(const Stream&)>;

  /// The operation in hand, once for all images that take it at a time.
  void bind_parts();

  /// The next of the bound operations that the one in hand becomes in `ops`: with the first images an operation, with
  /// the others a part of that.
  void add(std::vector<BoundOp>& ops, const std::string& suffix, const Tensor& result, Run run,
           const std::string& algorithm = {}, double macs = 0);

  template <class Op>
  Run call(const Op& op) const;

  void forward(const Tensor& result, Run run, const std::string& algorithm = {}, double macs = 0);
  void push(const Tensor& result, Run run, const std::string& algorithm = {}, double macs = 0);

  /// An operation of both backward lists that masks nothing: the planner makes passes of their own of the
  /// ReLUs behind it.
  void backward(const Tensor& result, const Run& run, const std::string& suffix = {},
                const std::string& algorithm = {}, double macs = 0);

  /// An operation with a `relu_output` field: fused in the plain list, unmasked and then by rule in the
  /// other.
  template <class Op>
  void backward_masking(const Tensor& result, Op op);

  void add_ruled();

  /// Of all images.
  void add_thresholds(const JumpReluOp& op);

  // Of the images in hand.
  Tensor tensor(const Slice& slice) const;
  GroupView<std::uint8_t> argmax(int buffer) const;
  GroupView<const std::uint8_t> chosen(int argmax_buffer) const;  ///< The same, to read.
  Planar<float> images(const Planar<float>& batch) const;
  Tensor images(const Tensor& batch) const;
  double* values() const;

  /// The adjacent slices of the operation's ReLUs as one.
  Tensor whole(Slice ReluPoint::*member) const;

  std::vector<MemoryUse> uses() const;
  void* workspace() const;
  std::size_t relu_scratch_size() const;  ///< Values of one ReLU.
  double macs(int conv) const;

  BoundNetwork& n_;
  std::vector<Made> made_;  ///< One per operation, forward, backward and push counted through.
  std::size_t index_ = 0;   ///< Of the operation being bound.
  const PlanOp* op_ = nullptr;
  ImageRange range_;                                   ///< Of the images being bound.
  std::map<std::vector<BoundOp>*, std::size_t> next_;  ///< Where each list has what `add` is to add to.
  std::size_t ruled_points_ = 0;                       ///< ReLUs of the ruled list so far.
  std::vector<MemoryUse> outside_;  ///< What the operation being bound uses outside the arena.
};

}  // namespace limpid
