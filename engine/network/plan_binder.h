// Turns the symbolic operations of a plan into calls on memory.
#pragma once

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
  void operator()(const MaxPoolFpropOp& op);
  void operator()(const LrnFpropOp& op);
  void operator()(const AveragePoolFpropOp& op);
  void operator()(const SoftmaxFpropOp& op);
  void operator()(const SeedOp& op);
  void operator()(const CaricatureSeedOp& op);
  void operator()(const GramSeedOp& op);
  void operator()(const StemDgradOp& op);
  void operator()(const ConvDgradOp& op);
  void operator()(const MaxPoolBpropOp& op);
  void operator()(const LrnBpropOp& op);
  void operator()(const AveragePoolBpropOp& op);
  void operator()(const SoftmaxBpropOp& op);
  void operator()(const ReluBackwardOp& op);
  void operator()(const AddGradientOp& op);
  void operator()(const StemPushOp& op);
  void operator()(const ConvPushOp& op);
  void operator()(const ReluPushOp& op);
  void operator()(const MaxPoolPushOp& op);
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

  template <class Op>
  std::function<void(const Stream&)> call(const Op& op) const;

  void forward(const Tensor& result, std::function<void(const Stream&)> run, std::string algorithm = {},
               double macs = 0);

  void push(const Tensor& result, std::function<void(const Stream&)> run, std::string algorithm = {},
            double macs = 0);

  /// An operation of both backward lists that masks nothing: the planner makes passes of their own of the
  /// ReLUs behind it.
  void backward(const Tensor& result, const std::function<void(const Stream&)>& run,
                const std::string& algorithm = {}, double macs = 0);

  /// An operation with a `relu_output` field: fused in the plain list, unmasked and then by rule in the
  /// other.
  template <class Op>
  void backward_masking(const Tensor& result, Op op);

  void add_ruled();
  BoundOp bound(const std::string& suffix, const Tensor& result, std::function<void(const Stream&)> run,
                const std::string& algorithm = {}, double macs = 0) const;

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
  std::size_t ruled_points_ = 0;    ///< ReLUs of the ruled list so far.
  std::vector<MemoryUse> outside_;  ///< What the operation being bound uses outside the arena.
};

}  // namespace limpid
