#include "engine/network/plan_binder.h"

#include <algorithm>
#include <map>
#include <utility>

#include "engine/network/accesses.h"
#include "engine/network/conv_requests.h"
#include "kernels/ops/add_gradient.h"
#include "kernels/ops/caricature_seed.h"
#include "kernels/ops/global_average_pool.h"
#include "kernels/ops/jump_relu.h"
#include "kernels/ops/lrn_pool.h"
#include "kernels/ops/max_pool.h"
#include "kernels/ops/relu.h"
#include "kernels/ops/smoothed_pool.h"
#include "kernels/ops/softmax.h"
#include "kernels/ops/top_k.h"

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
      bind_parts();
      ++index_;
    }
  }
}

void PlanBinder::bind_parts() {
  const std::size_t points = ruled_points_;
  const auto next = [](std::vector<BoundOp>& ops) { return std::pair{&ops, ops.size()}; };
  const std::map<std::vector<BoundOp>*, std::size_t> begin = {next(n_.forward), next(n_.backward),
                                                              next(n_.ruled), next(n_.push)};
  for (range_.first = 0; range_.first < n_.plan.batch; range_.first += op_->images) {
    range_.count = std::min(op_->images, n_.plan.batch - range_.first);
    outside_.clear();
    ruled_points_ = points;
    next_ = begin;
    std::visit(*this, op_->op);
  }
}

void PlanBinder::add(std::vector<BoundOp>& ops, const std::string& suffix, const Tensor& result, Run run,
                     const std::string& algorithm, double macs) {
  const std::size_t at = next_.at(&ops)++;
  if (at == ops.size()) ops.push_back({op_->name + suffix, algorithm, macs, {}, uses()});
  ops[at].parts.push_back({result, std::move(run)});
}

template <class Op>
PlanBinder::Run PlanBinder::call(const Op& op) const {
  return n_.backend.prepare(op);
}

void PlanBinder::forward(const Tensor& result, Run run, const std::string& algorithm, double macs) {
  add(n_.forward, "", result, std::move(run), algorithm, macs);
}

void PlanBinder::push(const Tensor& result, Run run, const std::string& algorithm, double macs) {
  add(n_.push, "", result, std::move(run), algorithm, macs);
}

void PlanBinder::backward(const Tensor& result, const Run& run, const std::string& suffix,
                          const std::string& algorithm, double macs) {
  add(n_.backward, suffix, result, run, algorithm, macs);
  add(n_.ruled, suffix, result, run, algorithm, macs);
}

template <class Op>
void PlanBinder::backward_masking(const Tensor& result, Op op) {
  add(n_.ruled, "", result, call(op));
  if (!op_->relus.empty()) op.relu_output = whole(&ReluPoint::output);
  add(n_.backward, "", result, call(op));
  add_ruled();
}

void PlanBinder::add_ruled() {
  for (const ReluPoint& relu : op_->relus) {
    const RuledRelu op{tensor(relu.gradient), tensor(relu.output), n_.relu_rules.data() + range_.first,
                       n_.relu_scratch.data() + ruled_points_++ * relu_scratch_size()};
    outside_ = {whole_memory(NetworkMemory::relu_rules, false)};
    add(n_.ruled, " relu rule", op.gradient, call(op));
  }
}

Tensor PlanBinder::whole(Slice ReluPoint::*member) const {
  Slice all = op_->relus.front().*member;
  all.groups = 0;
  for (const ReluPoint& relu : op_->relus) all.groups += (relu.*member).groups;
  return tensor(all);
}

Planar<float> PlanBinder::images(const Planar<float>& batch) const {
  return batch.data == nullptr ? batch : images_of(batch, range_);
}

Tensor PlanBinder::images(const Tensor& batch) const {
  return batch.data == nullptr ? batch : images_of(batch, range_);
}

Tensor PlanBinder::tensor(const Slice& slice) const {
  return n_.tensor(slice, range_);
}

GroupView<std::uint8_t> PlanBinder::argmax(int buffer) const {
  return n_.argmax(buffer, range_);
}

GroupView<const std::uint8_t> PlanBinder::chosen(int buffer) const {
  const GroupView<std::uint8_t> v = argmax(buffer);
  return {v.data, v.n, v.groups, v.h, v.w, v.stride_n, v.stride_g, v.stride_h, v.stride_w};
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

double* PlanBinder::values() const {
  return n_.values.data() + range_.first * n_.plan.columns;
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
  const Tensor y = tensor(op.y);
  void* scratch = workspace();
  if (ConvPlan* conv = made_[index_].conv) {
    const auto run = [conv, x = images(n_.grouped_input), y, scratch](const Stream& s) {
      conv->run(s, x, y, scratch);
    };
    forward(y, run, conv->algorithm(), macs(op.conv));
    return;
  }
  StemConvPlan* stem = n_.stem.get();
  const auto run = [stem, x = images(n_.input), y, scratch](const Stream& s) {
    stem->fprop(s, x, y, scratch);
  };
  forward(y, run, stem->algorithm(), macs(op.conv));
}

void PlanBinder::operator()(const ConvFpropOp& op) {
  ConvPlan* conv = made_[index_].conv;
  const Tensor x = tensor(op.x);
  const Tensor y = tensor(op.y);
  const auto run = [conv, x, y, scratch = workspace()](const Stream& s) { conv->run(s, x, y, scratch); };
  forward(y, run, conv->algorithm(), macs(op.conv));
}

void PlanBinder::operator()(const ReluFpropOp& op) {
  const Tensor y = tensor(op.y);
  forward(y, call(ReluFprop{tensor(op.x), y}));
}

void PlanBinder::operator()(const TopKOp& op) {
  const Tensor y = tensor(op.y);
  forward(y, call(TopK{y, op.kept}));
}

void PlanBinder::operator()(const JumpReluOp& op) {
  if (range_.first == 0) add_thresholds(op);
  const Tensor y = tensor(op.y);
  forward(y, call(JumpRelu{y, n_.thresholds.back().data()}));
}

void PlanBinder::add_thresholds(const JumpReluOp& op) {
  const ChannelMap& channels = op.channels.outputs;
  std::vector<float> values(static_cast<std::size_t>(channels.physical_count()));
  for (int i = 0; i < channels.physical_count(); ++i) {
    const int logical = channels.logical(i);
    if (logical == ChannelMap::kPadding) continue;
    values[static_cast<std::size_t>(i)] = op.channels.layer->threshold[static_cast<std::size_t>(logical)];
  }
  n_.thresholds.emplace_back(n_.backend, values.size()).upload(n_.stream, 0, values);
}

void PlanBinder::operator()(const MaxPoolFpropOp& op) {
  const Tensor y = tensor(op.y);
  forward(y, call(MaxPoolFprop{tensor(op.x), y, argmax(op.argmax), op.window}));
}

void PlanBinder::operator()(const LrnFpropOp& op) {
  const Tensor y = tensor(op.y);
  forward(y, call(LrnFprop{tensor(op.x), y, op.rule}));
}

void PlanBinder::operator()(const LrnPoolFpropOp& op) {
  const Tensor y = tensor(op.y);
  forward(y, call(LrnPoolFprop{tensor(op.x), y, argmax(op.argmax), op.rule, op.window}));
}

void PlanBinder::operator()(const AveragePoolFpropOp& op) {
  const Tensor y = tensor(op.y);
  forward(y, call(GlobalAveragePoolFprop{tensor(op.x), y}));
}

void PlanBinder::operator()(const SoftmaxFpropOp& op) {
  const Tensor y = tensor(op.y);
  forward(y, call(SoftmaxFprop{tensor(op.x), y, op.channels}));
}

void PlanBinder::operator()(const SeedOp& op) {
  outside_ = {whole_memory(NetworkMemory::values, true)};
  const PlanTarget& target = n_.plan.targets[static_cast<std::size_t>(op.target)];
  const ObjectiveSeed seed{
      tensor(target.value),
      tensor(target.gradient),
      n_.targets[static_cast<std::size_t>(op.target)].seeds.data() + range_.first * target.terms.seeds,
      values(),
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
  const CaricatureSeed seed{tensor(target.value),
                            tensor(target.gradient),
                            bound.caricatures.data() + range_.first * target.terms.caricatures,
                            values(),
                            bound.caricature_sums.data(),
                            n_.options.gradient_scale,
                            target.terms.caricatures,
                            n_.plan.columns};
  backward(seed.gradient, call(seed));
  n_.objective_ops = n_.backward.size();
}

void PlanBinder::operator()(const GramSeedOp& op) {
  const PlanTarget& target = n_.plan.targets[static_cast<std::size_t>(op.target)];
  const BoundTarget& bound = n_.targets[static_cast<std::size_t>(op.target)];
  const Tensor map = tensor(target.value);
  const Tensor gradient = tensor(target.gradient);
  const int matrices = NetworkMemory::gram_matrices(op.target);
  outside_ = {whole_memory(matrices, true)};
  backward({}, call(Gram{map, bound.matrices.data()}));
  outside_ = {whole_memory(matrices, true), whole_memory(NetworkMemory::values, true)};
  const GramSeed seed{bound.matrices.data(), bound.slopes.data(),    bound.grams.data(),
                      n_.values.data(),      bound.gram_sums.data(), n_.plan.batch,
                      map.channels(),        target.terms.grams,     n_.plan.columns};
  backward({}, call(seed), " seed");
  n_.objective_ops = n_.backward.size();
  outside_ = {whole_memory(matrices, false)};
  backward(gradient, call(GramAdjoint{map, bound.slopes.data(), gradient, n_.options.gradient_scale}),
           " adjoint");
}

void PlanBinder::operator()(const StemDgradOp& op) {
  outside_ = {whole_memory(NetworkMemory::input_gradient, true)};
  const Tensor dy = tensor(op.dy);
  void* scratch = workspace();
  if (ConvPlan* conv = made_[index_].conv) {
    const auto run = [conv, dy, dx = images(n_.grouped_input_gradient), scratch](const Stream& s) {
      conv->run(s, dy, dx, scratch);
    };
    backward({}, run, "", conv->algorithm(), macs(op.conv));
    return;
  }
  StemConvPlan* stem = n_.stem.get();
  const auto run = [stem, dy, dx = images(n_.input_gradient), scratch](const Stream& s) {
    stem->dgrad(s, dy, dx, scratch);
  };
  backward({}, run, "", stem->algorithm(), macs(op.conv));
}

void PlanBinder::operator()(const ConvDgradOp& op) {
  ConvPlan* conv = made_[index_].conv;
  const Tensor dy = tensor(op.dy);
  const Tensor dx = tensor(op.dx);
  const auto run = [conv, dy, dx, scratch = workspace()](const Stream& s) { conv->run(s, dy, dx, scratch); };
  backward(dx, run, "", conv->algorithm(), macs(op.conv));
}

void PlanBinder::operator()(const MaxPoolBpropOp& op) {
  if (op.rule != PoolGradient::max) {
    const SmoothedPoolBprop smoothed{
        tensor(op.x), tensor(op.dy), tensor(op.dx), op.window, op.rule, op.accumulate, {}};
    return backward_masking(smoothed.dx, smoothed);
  }
  MaxPoolBprop pool{tensor(op.dy), tensor(op.dx), chosen(op.argmax), op.window, op.accumulate, {}};
  if (!masks_by_argmax(op, op_->relus)) return backward_masking(pool.dx, pool);
  add(n_.ruled, "", pool.dx, call(pool));
  pool.positive_only = true;
  add(n_.backward, "", pool.dx, call(pool));
  add_ruled();
}

void PlanBinder::operator()(const LrnBpropOp& op) {
  const Tensor dx = tensor(op.dx);
  backward_masking(dx, LrnBprop{tensor(op.x), tensor(op.dy), dx, op.rule, {}, op.accumulate});
}

void PlanBinder::operator()(const LrnPoolBpropOp& op) {
  LrnPoolBprop both{tensor(op.x), tensor(op.dy), tensor(op.dx), chosen(op.argmax),
                    op.rule,      op.window,     op.accumulate};
  add(n_.ruled, "", both.dx, call(both));
  both.rectified = !op_->relus.empty();
  add(n_.backward, "", both.dx, call(both));
  add_ruled();
}

void PlanBinder::operator()(const AveragePoolBpropOp& op) {
  const Tensor dx = tensor(op.dx);
  backward_masking(dx, GlobalAveragePoolBprop{tensor(op.dy), dx, {}, op.accumulate});
}

void PlanBinder::operator()(const SoftmaxBpropOp& op) {
  const SoftmaxBprop softmax{tensor(op.y), tensor(op.dy), tensor(op.dx)};
  backward(softmax.dx, call(softmax));
}

void PlanBinder::operator()(const ReluBackwardOp&) {
  const ReluMask mask{whole(&ReluPoint::gradient), whole(&ReluPoint::output)};
  add(n_.backward, "", mask.gradient, call(mask));
  add_ruled();
}

void PlanBinder::operator()(const AddGradientOp& op) {
  const AddGradient sum{tensor(op.dy), tensor(op.dx)};
  backward(sum.dx, call(sum));
}

void PlanBinder::operator()(const StemPushOp& op) {
  outside_ = {whole_memory(NetworkMemory::input_tangent, false)};
  const Tensor dy = tensor(op.dy);
  void* scratch = workspace();
  if (ConvPlan* conv = made_[index_].conv) {
    const auto run = [conv, dx = images(n_.grouped_input_tangent), dy, scratch](const Stream& s) {
      conv->run(s, dx, dy, scratch);
    };
    push(dy, run, conv->algorithm(), macs(op.conv));
    return;
  }
  StemConvPlan* stem = n_.stem_push.get();
  const auto run = [stem, dx = images(n_.input_tangent), dy, scratch](const Stream& s) {
    stem->fprop(s, dx, dy, scratch);
  };
  push(dy, run, stem->algorithm(), macs(op.conv));
}

void PlanBinder::operator()(const ConvPushOp& op) {
  ConvPlan* conv = made_[index_].conv;
  const Tensor dx = tensor(op.dx);
  const Tensor dy = tensor(op.dy);
  const auto run = [conv, dx, dy, scratch = workspace()](const Stream& s) { conv->run(s, dx, dy, scratch); };
  push(dy, run, conv->algorithm(), macs(op.conv));
}

void PlanBinder::operator()(const ReluPushOp& op) {
  const ReluMask mask{tensor(op.dy), tensor(op.y), tensor(op.dx)};
  push(mask.gradient, call(mask));
}

void PlanBinder::operator()(const MaxPoolPushOp& op) {
  const Tensor dy = tensor(op.dy);
  push(dy, call(MaxPoolJvp{tensor(op.dx), dy, chosen(op.argmax), op.window}));
}

void PlanBinder::operator()(const WindowMeanPushOp& op) {
  const Tensor dy = tensor(op.dy);
  push(dy, call(WindowMean{tensor(op.dx), dy, op.window}));
}

void PlanBinder::operator()(const LrnPushOp& op) {
  const Tensor dy = tensor(op.dy);
  push(dy, call(LrnJvp{tensor(op.x), tensor(op.dx), dy, op.rule}));
}

void PlanBinder::operator()(const AveragePoolPushOp& op) {
  const Tensor dy = tensor(op.dy);
  push(dy, call(GlobalAveragePoolFprop{tensor(op.dx), dy}));
}

/// The Jacobian of the softmax is symmetric.
void PlanBinder::operator()(const SoftmaxPushOp& op) {
  const Tensor dy = tensor(op.dy);
  push(dy, call(SoftmaxBprop{tensor(op.y), tensor(op.dx), dy}));
}

}  // namespace limpid
