#include "engine/network/plan_binder.h"

#include <algorithm>
#include <utility>

#include "engine/network/accesses.h"
#include "engine/network/conv_requests.h"
#include "kernels/ops/add_gradient.h"
#include "kernels/ops/caricature_seed.h"
#include "kernels/ops/global_average_pool.h"
#include "kernels/ops/max_pool.h"
#include "kernels/ops/relu.h"
#include "kernels/ops/smoothed_pool.h"
#include "kernels/ops/softmax.h"

namespace limpid {

/// Makes the convolution of an operation that is one; nothing for the others.
class PlanBinder::ConvolutionMaker {
 public:
  explicit ConvolutionMaker(BoundNetwork& network) : n_(network) {}

  /// The plan just made, if any, and the scratch memory it needs.
  ConvPlan* conv = nullptr;
  std::size_t workspace = 0;

  template <class Op>
  void operator()(const Op&) {}

  void operator()(const StemFpropOp& op) {
    const PlanConv& stem = conv_of(op.conv);
    if (n_.backend.groups_input()) {
      make(stem, grouped_inputs(stem), op);
      return;
    }
    make_stem(stem, op);
  }
  void operator()(const StemDgradOp& op) {
    const PlanConv& stem = conv_of(op.conv);
    if (n_.backend.groups_input()) {
      make(stem, grouped_inputs(stem), op);
      return;
    }
    if (n_.stem == nullptr) return make_stem(stem, op);  // There is no forward pass.
    workspace = n_.stem->workspace_bytes();
  }
  void operator()(const StemPushOp& op) {
    const PlanConv& stem = conv_of(op.conv);
    if (n_.backend.groups_input()) {
      make(stem, grouped_inputs(stem), op, false);
      return;
    }
    const PackedFilter filter = pack_filter(stem.parts, stem.inputs);
    n_.stem_push = n_.backend.make_stem_plan(n_.stream, request(op), {filter.weights.data(), nullptr});
    workspace = n_.stem_push->workspace_bytes();
  }
  void operator()(const ConvFpropOp& op) { make(conv_of(op.conv), conv_of(op.conv).inputs, op); }
  void operator()(const ConvDgradOp& op) { make(conv_of(op.conv), conv_of(op.conv).inputs, op); }
  void operator()(const ConvPushOp& op) { make(conv_of(op.conv), conv_of(op.conv).inputs, op, false); }

 private:
  const PlanConv& conv_of(int index) const { return n_.plan.convs[static_cast<std::size_t>(index)]; }

  /// Inputs of the network's first convolution as one group of channels.
  static ChannelMap grouped_inputs(const PlanConv& stem) {
    return ChannelMap::range(0, stem.inputs.physical_count());
  }

  ConvRequest request(const AnyOp& convolution) const {
    return conv_request(n_.plan, convolution, n_.options, n_.backend.groups_input()).value();
  }

  /// Both ways in one.
  void make_stem(const PlanConv& stem, const AnyOp& convolution) {
    const PackedFilter filter = pack_filter(stem.parts, stem.inputs);
    n_.stem = n_.backend.make_stem_plan(n_.stream, request(convolution),
                                        {filter.weights.data(), filter.bias.data()});
    workspace = n_.stem->workspace_bytes();
  }

  void make(const PlanConv& layer, const ChannelMap& inputs, const AnyOp& convolution, bool biased = true) {
    const PackedFilter filter = pack_filter(layer.parts, inputs);
    const float* bias = biased ? filter.bias.data() : nullptr;
    n_.convs.push_back(
        n_.backend.make_conv_plan(n_.stream, request(convolution), {filter.weights.data(), bias}));
    conv = n_.convs.back().get();
    workspace = conv->workspace_bytes();
  }

  BoundNetwork& n_;
};

void PlanBinder::make_convolutions(std::vector<std::size_t>& bytes) {
  for (const auto* ops : {&n_.plan.forward, &n_.plan.backward, &n_.plan.push}) {
    for (const PlanOp& op : *ops) {
      ConvolutionMaker maker(n_);
      std::visit(maker, op.op);
      Made made{maker.conv, -1};
      if (maker.workspace > 0) {
        made.workspace = static_cast<int>(n_.plan.buffers.size());
        n_.plan.buffers.push_back({op.name + " workspace", BufferKind::workspace, 1, 0, 0, op.time, op.time});
        bytes.push_back(maker.workspace);
      }
      made_.push_back(made);
    }
  }
}

std::size_t PlanBinder::relu_scratch_size() const {
  return static_cast<std::size_t>(n_.plan.batch) * kRuledReluParts;
}

void PlanBinder::bind() {
  // Each ReLU has its own, for branches run side by side.
  std::size_t points = 0;
  for (const PlanOp& op : n_.plan.backward) points += op.relus.size();
  n_.relu_scratch = {n_.backend, points * relu_scratch_size()};
  index_ = 0;
  for (const auto* ops : {&n_.plan.forward, &n_.plan.backward, &n_.plan.push}) {
    for (const PlanOp& op : *ops) {
      op_ = &op;
      outside_.clear();
      std::visit(*this, op.op);
      ++index_;
    }
  }
}

template <class Op>
std::function<void(const Stream&)> PlanBinder::call(const Op& op) const {
  return n_.backend.prepare(op);
}

BoundOp PlanBinder::bound(const std::string& suffix, const Tensor& result,
                          std::function<void(const Stream&)> run, const std::string& algorithm,
                          double macs) const {
  return {op_->name + suffix, algorithm, macs, result, std::move(run), uses()};
}

void PlanBinder::forward(const Tensor& result, std::function<void(const Stream&)> run, std::string algorithm,
                         double macs) {
  n_.forward.push_back(bound("", result, std::move(run), algorithm, macs));
}

void PlanBinder::push(const Tensor& result, std::function<void(const Stream&)> run, std::string algorithm,
                      double macs) {
  n_.push.push_back(bound("", result, std::move(run), algorithm, macs));
}

void PlanBinder::backward(const Tensor& result, const std::function<void(const Stream&)>& run,
                          const std::string& algorithm, double macs) {
  n_.backward.push_back(bound("", result, run, algorithm, macs));
  n_.ruled.push_back(n_.backward.back());
}

template <class Op>
void PlanBinder::backward_masking(const Tensor& result, Op op) {
  n_.ruled.push_back(bound("", result, call(op)));
  if (!op_->relus.empty()) op.relu_output = whole(&ReluPoint::output);
  n_.backward.push_back(bound("", result, call(op)));
  add_ruled();
}

void PlanBinder::add_ruled() {
  for (const ReluPoint& relu : op_->relus) {
    const RuledRelu op{n_.tensor(relu.gradient), n_.tensor(relu.output), n_.relu_rules.data(),
                       n_.relu_scratch.data() + ruled_points_++ * relu_scratch_size()};
    n_.ruled.push_back(bound(" relu rule", op.gradient, call(op)));
    n_.ruled.back().uses.push_back(whole_memory(NetworkMemory::relu_rules, false));
  }
}

Tensor PlanBinder::whole(Slice ReluPoint::*member) const {
  Slice all = op_->relus.front().*member;
  all.groups = 0;
  for (const ReluPoint& relu : op_->relus) all.groups += (relu.*member).groups;
  return n_.tensor(all);
}

std::vector<MemoryUse> PlanBinder::uses() const {
  std::vector<MemoryUse> found = outside_;
  const auto add = [&](const Slice& slice, bool write) {
    const auto buffer = static_cast<std::size_t>(slice.buffer);
    found.push_back({slice.buffer, n_.offsets[buffer], n_.offsets[buffer] + n_.bytes[buffer], slice.first,
                     slice.groups, write});
  };
  for (const Access& access : accesses(n_.plan, *op_)) add(access.slice, access.write);
  if (const int scratch = made_[index_].workspace; scratch >= 0) add({scratch, 0, 1}, true);
  return found;
}

void* PlanBinder::workspace() const {
  const int buffer = made_[index_].workspace;
  if (buffer < 0) return nullptr;
  return n_.arena + n_.offsets[static_cast<std::size_t>(buffer)];
}

double PlanBinder::macs(int conv) const {
  return n_.plan.convs[static_cast<std::size_t>(conv)].shape.macs() * n_.plan.batch;
}

void PlanBinder::operator()(const StemFpropOp& op) {
  outside_ = {whole_memory(NetworkMemory::input, false)};
  const Tensor y = n_.tensor(op.y);
  void* scratch = workspace();
  if (ConvPlan* conv = made_[index_].conv) {
    const auto run = [conv, x = n_.grouped_input, y, scratch](const Stream& s) {
      conv->run(s, x, y, scratch);
    };
    forward(y, run, conv->algorithm(), macs(op.conv));
    return;
  }
  StemConvPlan* stem = n_.stem.get();
  const auto run = [stem, x = n_.input, y, scratch](const Stream& s) { stem->fprop(s, x, y, scratch); };
  forward(y, run, stem->algorithm(), macs(op.conv));
}

void PlanBinder::operator()(const ConvFpropOp& op) {
  ConvPlan* conv = made_[index_].conv;
  const Tensor x = n_.tensor(op.x);
  const Tensor y = n_.tensor(op.y);
  const auto run = [conv, x, y, scratch = workspace()](const Stream& s) { conv->run(s, x, y, scratch); };
  forward(y, run, conv->algorithm(), macs(op.conv));
}

void PlanBinder::operator()(const ReluFpropOp& op) {
  const Tensor y = n_.tensor(op.y);
  forward(y, call(ReluFprop{n_.tensor(op.x), y}));
}

void PlanBinder::operator()(const MaxPoolFpropOp& op) {
  const Tensor y = n_.tensor(op.y);
  forward(y, call(MaxPoolFprop{n_.tensor(op.x), y, n_.argmax(op.argmax), op.window}));
}

void PlanBinder::operator()(const LrnFpropOp& op) {
  const Tensor y = n_.tensor(op.y);
  forward(y, call(LrnFprop{n_.tensor(op.x), y, op.rule}));
}

void PlanBinder::operator()(const AveragePoolFpropOp& op) {
  const Tensor y = n_.tensor(op.y);
  forward(y, call(GlobalAveragePoolFprop{n_.tensor(op.x), y}));
}

void PlanBinder::operator()(const SoftmaxFpropOp& op) {
  const Tensor y = n_.tensor(op.y);
  forward(y, call(SoftmaxFprop{n_.tensor(op.x), y, op.channels}));
}

void PlanBinder::operator()(const SeedOp& op) {
  outside_ = {whole_memory(NetworkMemory::values, true)};
  const PlanTarget& target = n_.plan.targets[static_cast<std::size_t>(op.target)];
  const ObjectiveSeed seed{n_.tensor(target.value),
                           n_.tensor(target.gradient),
                           n_.targets[static_cast<std::size_t>(op.target)].seeds.data(),
                           n_.values.data(),
                           op.target > 0,
                           n_.options.gradient_scale,
                           target.terms.seeds,
                           n_.plan.columns};
  backward(seed.gradient, call(seed));
  n_.objective_ops = n_.backward.size();
}

void PlanBinder::operator()(const CaricatureSeedOp& op) {
  outside_ = {whole_memory(NetworkMemory::values, true)};
  const PlanTarget& target = n_.plan.targets[static_cast<std::size_t>(op.target)];
  const BoundTarget& bound = n_.targets[static_cast<std::size_t>(op.target)];
  const CaricatureSeed seed{
      n_.tensor(target.value),      n_.tensor(target.gradient), bound.caricatures.data(), n_.values.data(),
      bound.caricature_sums.data(), n_.options.gradient_scale,  target.terms.caricatures, n_.plan.columns};
  backward(seed.gradient, call(seed));
  n_.objective_ops = n_.backward.size();
}

void PlanBinder::operator()(const GramSeedOp& op) {
  const PlanTarget& target = n_.plan.targets[static_cast<std::size_t>(op.target)];
  const BoundTarget& bound = n_.targets[static_cast<std::size_t>(op.target)];
  const Tensor map = n_.tensor(target.value);
  const Tensor gradient = n_.tensor(target.gradient);
  const int matrices = NetworkMemory::gram_matrices(op.target);
  const auto add = [&](const char* suffix, const Tensor& result, std::function<void(const Stream&)> run) {
    n_.backward.push_back(this->bound(suffix, result, std::move(run)));
    n_.ruled.push_back(n_.backward.back());
  };
  outside_ = {whole_memory(matrices, true)};
  add("", {}, call(Gram{map, bound.matrices.data()}));
  outside_ = {whole_memory(matrices, true), whole_memory(NetworkMemory::values, true)};
  add(" seed", {},
      call(GramSeed{bound.matrices.data(), bound.slopes.data(), bound.grams.data(), n_.values.data(),
                    bound.gram_sums.data(), n_.plan.batch, map.channels(), target.terms.grams,
                    n_.plan.columns}));
  n_.objective_ops = n_.backward.size();
  outside_ = {whole_memory(matrices, false)};
  add(" adjoint", gradient, call(GramAdjoint{map, bound.slopes.data(), gradient, n_.options.gradient_scale}));
}

void PlanBinder::operator()(const StemDgradOp& op) {
  outside_ = {whole_memory(NetworkMemory::input_gradient, true)};
  const Tensor dy = n_.tensor(op.dy);
  void* scratch = workspace();
  if (ConvPlan* conv = made_[index_].conv) {
    const auto run = [conv, dy, dx = n_.grouped_input_gradient, scratch](const Stream& s) {
      conv->run(s, dy, dx, scratch);
    };
    backward({}, run, conv->algorithm(), macs(op.conv));
    return;
  }
  StemConvPlan* stem = n_.stem.get();
  const auto run = [stem, dy, dx = n_.input_gradient, scratch](const Stream& s) {
    stem->dgrad(s, dy, dx, scratch);
  };
  backward({}, run, stem->algorithm(), macs(op.conv));
}

void PlanBinder::operator()(const ConvDgradOp& op) {
  ConvPlan* conv = made_[index_].conv;
  const Tensor dy = n_.tensor(op.dy);
  const Tensor dx = n_.tensor(op.dx);
  const auto run = [conv, dy, dx, scratch = workspace()](const Stream& s) { conv->run(s, dy, dx, scratch); };
  backward(dx, run, conv->algorithm(), macs(op.conv));
}

void PlanBinder::operator()(const MaxPoolBpropOp& op) {
  if (op.rule != PoolGradient::max) {
    const SmoothedPoolBprop smoothed{
        n_.tensor(op.x), n_.tensor(op.dy), n_.tensor(op.dx), op.window, op.rule, op.accumulate, {}};
    return backward_masking(smoothed.dx, smoothed);
  }
  const Tensor dx = n_.tensor(op.dx);
  backward_masking(dx,
                   MaxPoolBprop{n_.tensor(op.dy), dx, n_.chosen(op.argmax), op.window, op.accumulate, {}});
}

void PlanBinder::operator()(const LrnBpropOp& op) {
  const Tensor dx = n_.tensor(op.dx);
  backward_masking(dx, LrnBprop{n_.tensor(op.x), n_.tensor(op.dy), dx, op.rule, {}, op.accumulate});
}

void PlanBinder::operator()(const AveragePoolBpropOp& op) {
  const Tensor dx = n_.tensor(op.dx);
  backward_masking(dx, GlobalAveragePoolBprop{n_.tensor(op.dy), dx, {}, op.accumulate});
}

void PlanBinder::operator()(const SoftmaxBpropOp& op) {
  const SoftmaxBprop softmax{n_.tensor(op.y), n_.tensor(op.dy), n_.tensor(op.dx)};
  backward(softmax.dx, call(softmax));
}

void PlanBinder::operator()(const ReluBackwardOp&) {
  const ReluMask mask{whole(&ReluPoint::gradient), whole(&ReluPoint::output)};
  n_.backward.push_back(bound("", mask.gradient, call(mask)));
  add_ruled();
}

void PlanBinder::operator()(const AddGradientOp& op) {
  const AddGradient sum{n_.tensor(op.dy), n_.tensor(op.dx)};
  backward(sum.dx, call(sum));
}

void PlanBinder::operator()(const StemPushOp& op) {
  outside_ = {whole_memory(NetworkMemory::input_tangent, false)};
  const Tensor dy = n_.tensor(op.dy);
  void* scratch = workspace();
  if (ConvPlan* conv = made_[index_].conv) {
    const auto run = [conv, dx = n_.grouped_input_tangent, dy, scratch](const Stream& s) {
      conv->run(s, dx, dy, scratch);
    };
    push(dy, run, conv->algorithm(), macs(op.conv));
    return;
  }
  StemConvPlan* stem = n_.stem_push.get();
  const auto run = [stem, dx = n_.input_tangent, dy, scratch](const Stream& s) {
    stem->fprop(s, dx, dy, scratch);
  };
  push(dy, run, stem->algorithm(), macs(op.conv));
}

void PlanBinder::operator()(const ConvPushOp& op) {
  ConvPlan* conv = made_[index_].conv;
  const Tensor dx = n_.tensor(op.dx);
  const Tensor dy = n_.tensor(op.dy);
  const auto run = [conv, dx, dy, scratch = workspace()](const Stream& s) { conv->run(s, dx, dy, scratch); };
  push(dy, run, conv->algorithm(), macs(op.conv));
}

void PlanBinder::operator()(const ReluPushOp& op) {
  const ReluMask mask{n_.tensor(op.dy), n_.tensor(op.y), n_.tensor(op.dx)};
  push(mask.gradient, call(mask));
}

void PlanBinder::operator()(const MaxPoolPushOp& op) {
  const Tensor dy = n_.tensor(op.dy);
  push(dy, call(MaxPoolJvp{n_.tensor(op.dx), dy, n_.chosen(op.argmax), op.window}));
}

void PlanBinder::operator()(const LrnPushOp& op) {
  const Tensor dy = n_.tensor(op.dy);
  push(dy, call(LrnJvp{n_.tensor(op.x), n_.tensor(op.dx), dy, op.rule}));
}

void PlanBinder::operator()(const AveragePoolPushOp& op) {
  const Tensor dy = n_.tensor(op.dy);
  push(dy, call(GlobalAveragePoolFprop{n_.tensor(op.dx), dy}));
}

/// The Jacobian of the softmax is symmetric.
void PlanBinder::operator()(const SoftmaxPushOp& op) {
  const Tensor dy = n_.tensor(op.dy);
  push(dy, call(SoftmaxBprop{n_.tensor(op.y), n_.tensor(op.dx), dy}));
}

}  // namespace limpid
