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
  explicit ConvolutionMaker(NetworkExecutor& executor) : e_(executor) {}

  /// The plan just made, if any, and the scratch memory it needs.
  ConvPlan* conv = nullptr;
  std::size_t workspace = 0;

  template <class Op>
  void operator()(const Op&) {}

  void operator()(const StemFpropOp& op) {
    const PlanConv& stem = conv_of(op.conv);
    if (e_.backend_.groups_input()) {
      make(stem, grouped_inputs(stem), op);
      return;
    }
    const PackedFilter filter = pack_filter(stem.parts, stem.inputs);
    e_.stem_ =
        e_.backend_.make_stem_plan(e_.stream_, request(op), {filter.weights.data(), filter.bias.data()});
    workspace = e_.stem_->workspace_bytes();
  }
  void operator()(const StemDgradOp& op) {
    const PlanConv& stem = conv_of(op.conv);
    if (e_.backend_.groups_input()) {
      make(stem, grouped_inputs(stem), op);
    } else {
      workspace = e_.stem_->workspace_bytes();
    }
  }
  void operator()(const ConvFpropOp& op) { make(conv_of(op.conv), conv_of(op.conv).inputs, op); }
  void operator()(const ConvDgradOp& op) { make(conv_of(op.conv), conv_of(op.conv).inputs, op); }

 private:
  const PlanConv& conv_of(int index) const { return e_.plan_.convs[static_cast<std::size_t>(index)]; }

  /// Inputs of the network's first convolution as one group of channels.
  static ChannelMap grouped_inputs(const PlanConv& stem) {
    return ChannelMap::range(0, stem.inputs.physical_count());
  }

  ConvRequest request(const AnyOp& convolution) const {
    return conv_request(e_.plan_, convolution, e_.options_, e_.backend_.groups_input()).value();
  }

  void make(const PlanConv& layer, const ChannelMap& inputs, const AnyOp& convolution) {
    const PackedFilter filter = pack_filter(layer.parts, inputs);
    e_.convs_.push_back(e_.backend_.make_conv_plan(e_.stream_, request(convolution),
                                                   {filter.weights.data(), filter.bias.data()}));
    conv = e_.convs_.back().get();
    workspace = conv->workspace_bytes();
  }

  NetworkExecutor& e_;
};

void PlanBinder::make_convolutions(std::vector<std::size_t>& bytes) {
  for (const auto* ops : {&e_.plan_.forward, &e_.plan_.backward}) {
    for (const PlanOp& op : *ops) {
      ConvolutionMaker maker(e_);
      std::visit(maker, op.op);
      Made made{maker.conv, -1};
      if (maker.workspace > 0) {
        made.workspace = static_cast<int>(e_.plan_.buffers.size());
        e_.plan_.buffers.push_back(
            {op.name + " workspace", BufferKind::workspace, 1, 0, 0, op.time, op.time});
        bytes.push_back(maker.workspace);
      }
      made_.push_back(made);
    }
  }
}

std::size_t PlanBinder::relu_scratch_size() const {
  return static_cast<std::size_t>(e_.plan_.batch) * kRuledReluParts;
}

void PlanBinder::bind() {
  // Each ReLU has its own, for branches run side by side.
  std::size_t points = 0;
  for (const PlanOp& op : e_.plan_.backward) points += op.relus.size();
  e_.relu_scratch_ = {e_.backend_, points * relu_scratch_size()};
  index_ = 0;
  for (const auto* ops : {&e_.plan_.forward, &e_.plan_.backward}) {
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
  return [&backend = e_.backend_, op](const Stream& stream) { backend.run(stream, op); };
}

NetworkExecutor::BoundOp PlanBinder::bound(const std::string& suffix, const Tensor& result,
                                           std::function<void(const Stream&)> run,
                                           const std::string& algorithm, double macs) const {
  return {op_->name + suffix, algorithm, macs, result, std::move(run), uses()};
}

void PlanBinder::forward(const Tensor& result, std::function<void(const Stream&)> run, std::string algorithm,
                         double macs) {
  e_.forward_.push_back(bound("", result, std::move(run), algorithm, macs));
}

void PlanBinder::backward(const Tensor& result, const std::function<void(const Stream&)>& run,
                          const std::string& algorithm, double macs) {
  e_.backward_.push_back(bound("", result, run, algorithm, macs));
  e_.ruled_.push_back(e_.backward_.back());
}

template <class Op>
void PlanBinder::backward_masking(const Tensor& result, Op op) {
  e_.ruled_.push_back(bound("", result, call(op)));
  if (!op_->relus.empty()) op.relu_output = whole(&ReluPoint::output);
  e_.backward_.push_back(bound("", result, call(op)));
  add_ruled();
}

void PlanBinder::add_ruled() {
  for (const ReluPoint& relu : op_->relus) {
    const RuledRelu op{e_.tensor(relu.gradient), e_.tensor(relu.output), e_.relu_rules_.data(),
                       e_.relu_scratch_.data() + ruled_points_++ * relu_scratch_size()};
    e_.ruled_.push_back(bound(" relu rule", op.gradient, call(op)));
    e_.ruled_.back().uses.push_back(whole_memory(NetworkMemory::relu_rules, false));
  }
}

Tensor PlanBinder::whole(Slice ReluPoint::*member) const {
  Slice all = op_->relus.front().*member;
  all.groups = 0;
  for (const ReluPoint& relu : op_->relus) all.groups += (relu.*member).groups;
  return e_.tensor(all);
}

std::vector<MemoryUse> PlanBinder::uses() const {
  std::vector<MemoryUse> found = outside_;
  const auto add = [&](const Slice& slice, bool write) {
    const auto buffer = static_cast<std::size_t>(slice.buffer);
    found.push_back({slice.buffer, e_.offsets_[buffer], e_.offsets_[buffer] + e_.bytes_[buffer], slice.first,
                     slice.groups, write});
  };
  for (const Access& access : accesses(e_.plan_, *op_)) add(access.slice, access.write);
  if (const int scratch = made_[index_].workspace; scratch >= 0) add({scratch, 0, 1}, true);
  return found;
}

void* PlanBinder::workspace() const {
  const int buffer = made_[index_].workspace;
  if (buffer < 0) return nullptr;
  return e_.arena_ + e_.offsets_[static_cast<std::size_t>(buffer)];
}

double PlanBinder::macs(int conv) const {
  return e_.plan_.convs[static_cast<std::size_t>(conv)].shape.macs() * e_.plan_.batch;
}

void PlanBinder::operator()(const StemFpropOp& op) {
  outside_ = {whole_memory(NetworkMemory::input, false)};
  const Tensor y = e_.tensor(op.y);
  void* scratch = workspace();
  if (ConvPlan* conv = made_[index_].conv) {
    const auto run = [conv, x = e_.grouped_input_, y, scratch](const Stream& s) {
      conv->run(s, x, y, scratch);
    };
    forward(y, run, conv->algorithm(), macs(op.conv));
    return;
  }
  StemConvPlan* stem = e_.stem_.get();
  const auto run = [stem, x = e_.input_, y, scratch](const Stream& s) { stem->fprop(s, x, y, scratch); };
  forward(y, run, stem->algorithm(), macs(op.conv));
}

void PlanBinder::operator()(const ConvFpropOp& op) {
  ConvPlan* conv = made_[index_].conv;
  const Tensor x = e_.tensor(op.x);
  const Tensor y = e_.tensor(op.y);
  const auto run = [conv, x, y, scratch = workspace()](const Stream& s) { conv->run(s, x, y, scratch); };
  forward(y, run, conv->algorithm(), macs(op.conv));
}

void PlanBinder::operator()(const ReluFpropOp& op) {
  const Tensor y = e_.tensor(op.y);
  forward(y, call(ReluFprop{e_.tensor(op.x), y}));
}

void PlanBinder::operator()(const MaxPoolFpropOp& op) {
  const Tensor y = e_.tensor(op.y);
  forward(y, call(MaxPoolFprop{e_.tensor(op.x), y, e_.argmax(op.argmax), op.window}));
}

void PlanBinder::operator()(const LrnFpropOp& op) {
  const Tensor y = e_.tensor(op.y);
  forward(y, call(LrnFprop{e_.tensor(op.x), y, op.rule}));
}

void PlanBinder::operator()(const AveragePoolFpropOp& op) {
  const Tensor y = e_.tensor(op.y);
  forward(y, call(GlobalAveragePoolFprop{e_.tensor(op.x), y}));
}

void PlanBinder::operator()(const SoftmaxFpropOp& op) {
  const Tensor y = e_.tensor(op.y);
  forward(y, call(SoftmaxFprop{e_.tensor(op.x), y, op.channels}));
}

void PlanBinder::operator()(const SeedOp& op) {
  outside_ = {whole_memory(NetworkMemory::values, true)};
  const PlanTarget& target = e_.plan_.targets[static_cast<std::size_t>(op.target)];
  const ObjectiveSeed seed{e_.tensor(target.value),
                           e_.tensor(target.gradient),
                           e_.targets_[static_cast<std::size_t>(op.target)].seeds.data(),
                           e_.values_.data(),
                           op.target > 0,
                           e_.options_.gradient_scale,
                           target.terms.seeds,
                           e_.plan_.columns};
  backward(seed.gradient, call(seed));
  e_.objective_ops_ = e_.backward_.size();
}

void PlanBinder::operator()(const CaricatureSeedOp& op) {
  outside_ = {whole_memory(NetworkMemory::values, true)};
  const PlanTarget& target = e_.plan_.targets[static_cast<std::size_t>(op.target)];
  const NetworkExecutor::BoundTarget& bound = e_.targets_[static_cast<std::size_t>(op.target)];
  const CaricatureSeed seed{
      e_.tensor(target.value),      e_.tensor(target.gradient), bound.caricatures.data(), e_.values_.data(),
      bound.caricature_sums.data(), e_.options_.gradient_scale, target.terms.caricatures, e_.plan_.columns};
  backward(seed.gradient, call(seed));
  e_.objective_ops_ = e_.backward_.size();
}

void PlanBinder::operator()(const GramSeedOp& op) {
  const PlanTarget& target = e_.plan_.targets[static_cast<std::size_t>(op.target)];
  const NetworkExecutor::BoundTarget& bound = e_.targets_[static_cast<std::size_t>(op.target)];
  const Tensor map = e_.tensor(target.value);
  const Tensor gradient = e_.tensor(target.gradient);
  const int matrices = NetworkMemory::gram_matrices(op.target);
  const auto add = [&](const char* suffix, const Tensor& result, std::function<void(const Stream&)> run) {
    e_.backward_.push_back(this->bound(suffix, result, std::move(run)));
    e_.ruled_.push_back(e_.backward_.back());
  };
  outside_ = {whole_memory(matrices, true)};
  add("", {}, call(Gram{map, bound.matrices.data()}));
  outside_ = {whole_memory(matrices, true), whole_memory(NetworkMemory::values, true)};
  add(" seed", {},
      call(GramSeed{bound.matrices.data(), bound.slopes.data(), bound.grams.data(), e_.values_.data(),
                    bound.gram_sums.data(), e_.plan_.batch, map.channels(), target.terms.grams,
                    e_.plan_.columns}));
  e_.objective_ops_ = e_.backward_.size();
  outside_ = {whole_memory(matrices, false)};
  add(" adjoint", gradient,
      call(GramAdjoint{map, bound.slopes.data(), gradient, e_.options_.gradient_scale}));
}

void PlanBinder::operator()(const StemDgradOp& op) {
  outside_ = {whole_memory(NetworkMemory::input_gradient, true)};
  const Tensor dy = e_.tensor(op.dy);
  void* scratch = workspace();
  if (ConvPlan* conv = made_[index_].conv) {
    const auto run = [conv, dy, dx = e_.grouped_input_gradient_, scratch](const Stream& s) {
      conv->run(s, dy, dx, scratch);
    };
    backward({}, run, conv->algorithm(), macs(op.conv));
    return;
  }
  StemConvPlan* stem = e_.stem_.get();
  const auto run = [stem, dy, dx = e_.input_gradient_, scratch](const Stream& s) {
    stem->dgrad(s, dy, dx, scratch);
  };
  backward({}, run, stem->algorithm(), macs(op.conv));
}

void PlanBinder::operator()(const ConvDgradOp& op) {
  ConvPlan* conv = made_[index_].conv;
  const Tensor dy = e_.tensor(op.dy);
  const Tensor dx = e_.tensor(op.dx);
  const auto run = [conv, dy, dx, scratch = workspace()](const Stream& s) { conv->run(s, dy, dx, scratch); };
  backward(dx, run, conv->algorithm(), macs(op.conv));
}

void PlanBinder::operator()(const MaxPoolBpropOp& op) {
  if (op.rule != PoolGradient::max) {
    const SmoothedPoolBprop smoothed{
        e_.tensor(op.x), e_.tensor(op.dy), e_.tensor(op.dx), op.window, op.rule, op.accumulate, {}};
    return backward_masking(smoothed.dx, smoothed);
  }
  const GroupView<std::uint8_t> taps = e_.argmax(op.argmax);
  const Tensor dx = e_.tensor(op.dx);
  backward_masking(dx, MaxPoolBprop{e_.tensor(op.dy),
                                    dx,
                                    {taps.data, taps.n, taps.groups, taps.h, taps.w, taps.stride_n,
                                     taps.stride_g, taps.stride_h, taps.stride_w},
                                    op.window,
                                    op.accumulate,
                                    {}});
}

void PlanBinder::operator()(const LrnBpropOp& op) {
  const Tensor dx = e_.tensor(op.dx);
  backward_masking(dx, LrnBprop{e_.tensor(op.x), e_.tensor(op.dy), dx, op.rule, {}, op.accumulate});
}

void PlanBinder::operator()(const AveragePoolBpropOp& op) {
  const Tensor dx = e_.tensor(op.dx);
  backward_masking(dx, GlobalAveragePoolBprop{e_.tensor(op.dy), dx, {}, op.accumulate});
}

void PlanBinder::operator()(const SoftmaxBpropOp& op) {
  const SoftmaxBprop softmax{e_.tensor(op.y), e_.tensor(op.dy), e_.tensor(op.dx)};
  backward(softmax.dx, call(softmax));
}

void PlanBinder::operator()(const ReluBackwardOp&) {
  const ReluMask mask{whole(&ReluPoint::gradient), whole(&ReluPoint::output)};
  e_.backward_.push_back(bound("", mask.gradient, call(mask)));
  add_ruled();
}

void PlanBinder::operator()(const AddGradientOp& op) {
  const AddGradient sum{e_.tensor(op.dy), e_.tensor(op.dx)};
  backward(sum.dx, call(sum));
}

}  // namespace limpid
