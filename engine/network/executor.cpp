#include "engine/network/executor.h"

#include <algorithm>
#include <cmath>

#include "engine/network/liveness.h"
#include "kernels/core/error.h"
#include "kernels/ops/global_average_pool.h"
#include "kernels/ops/max_pool.h"
#include "kernels/ops/relu.h"
#include "kernels/ops/softmax.h"

namespace limpid {

/// Turns the symbolic operations of a plan into calls on memory.
class PlanBinder {
 public:
  explicit PlanBinder(NetworkExecutor& executor) : e_(executor) {}

  void bind() {
    for (const auto* ops : {&e_.plan_.forward, &e_.plan_.backward}) {
      for (const PlanOp& op : *ops) {
        name_ = &op.name;
        relus_ = &op.relus;
        std::visit(*this, op.op);
      }
    }
    e_.workspace_ = e_.backend_.allocate(workspace_bytes_);
  }

 private:
  using BoundOp = NetworkExecutor::BoundOp;

  template <class Op>
  std::function<void()> call(const Op& op) const {
    return [&e = e_, op] { e.backend_.run(e.stream_, op); };
  }

  void forward(const Tensor& result, std::function<void()> run, std::string algorithm = {}, double macs = 0) {
    e_.forward_.push_back({*name_, std::move(algorithm), macs, result, std::move(run)});
  }

  /// An operation of both backward lists that cannot mask: its ReLUs, if any, follow as passes of their own.
  void backward(const Tensor& result, const std::function<void()>& run, const std::string& algorithm = {},
                double macs = 0) {
    const BoundOp bound{*name_, algorithm, macs, result, run};
    e_.backward_.push_back(bound);
    e_.redirected_.push_back(bound);
    if (relus_->empty()) return;
    const ReluMask mask{whole_gradient(), whole_output()};
    e_.backward_.push_back({*name_ + " mask", {}, 0, mask.gradient, call(mask)});
    add_redirected();
  }

  /// An operation with a `relu_output` field: fused in the plain list, unmasked and then redirected in the
  /// other.
  template <class Op>
  void backward_masking(const Tensor& result, Op op) {
    e_.redirected_.push_back({*name_, {}, 0, result, call(op)});
    if (!relus_->empty()) op.relu_output = whole_output();
    e_.backward_.push_back({*name_, {}, 0, result, call(op)});
    add_redirected();
  }

  void add_redirected() {
    for (const ReluPoint& relu : *relus_) {
      const RedirectedRelu op{e_.tensor(relu.gradient), e_.tensor(relu.output), e_.redirect_.data()};
      e_.redirected_.push_back({*name_ + " redirected relu", {}, 0, op.gradient, call(op)});
    }
  }

  /// The adjacent slices of the operation's ReLUs as one.
  Tensor whole(Slice ReluPoint::*member) const {
    Slice all = relus_->front().*member;
    all.groups = 0;
    for (const ReluPoint& relu : *relus_) all.groups += (relu.*member).groups;
    return e_.tensor(all);
  }
  Tensor whole_gradient() const { return whole(&ReluPoint::gradient); }
  Tensor whole_output() const { return whole(&ReluPoint::output); }

  void need_workspace(std::size_t bytes) { workspace_bytes_ = std::max(workspace_bytes_, bytes); }

  ConvRequest request(const PlanConv& conv, ConvDirection direction, bool accumulate) const {
    return {conv.name,         conv.shape,
            direction,         e_.plan_.batch,
            e_.options_.dtype, direction == ConvDirection::fprop && conv.relu,
            accumulate,        e_.options_.translation_exact};
  }

  ConvPlan* make_conv(int index, ConvDirection direction, bool accumulate) {
    const PlanConv& conv = e_.plan_.convs[static_cast<std::size_t>(index)];
    const PackedFilter filter = pack_filter(conv.parts, conv.inputs);
    e_.convs_.push_back(e_.backend_.make_conv_plan(e_.stream_, request(conv, direction, accumulate),
                                                   {filter.weights.data(), filter.bias.data()}));
    need_workspace(e_.convs_.back()->workspace_bytes());
    return e_.convs_.back().get();
  }

  double macs(int conv) const {
    return e_.plan_.convs[static_cast<std::size_t>(conv)].shape.macs() * e_.plan_.batch;
  }

 public:
  void operator()(const StemFpropOp& op) {
    const PlanConv& conv = e_.plan_.convs[static_cast<std::size_t>(op.conv)];
    const PackedFilter filter = pack_filter(conv.parts, conv.inputs);
    e_.stem_ = e_.backend_.make_stem_plan(e_.stream_, request(conv, ConvDirection::fprop, false),
                                          {filter.weights.data(), filter.bias.data()});
    need_workspace(e_.stem_->workspace_bytes());
    const Tensor y = e_.tensor(op.y);
    const auto run = [&e = e_, y] { e.stem_->fprop(e.stream_, e.input_, y, e.workspace_->data()); };
    forward(y, run, e_.stem_->algorithm(), macs(op.conv));
  }

  void operator()(const ConvFpropOp& op) {
    ConvPlan* conv = make_conv(op.conv, ConvDirection::fprop, false);
    const Tensor x = e_.tensor(op.x);
    const Tensor y = e_.tensor(op.y);
    const auto run = [&e = e_, conv, x, y] { conv->run(e.stream_, x, y, e.workspace_->data()); };
    forward(y, run, conv->algorithm(), macs(op.conv));
  }

  void operator()(const MaxPoolFpropOp& op) {
    const Tensor y = e_.tensor(op.y);
    forward(y, call(MaxPoolFprop{e_.tensor(op.x), y, e_.argmax(op.argmax), op.window}));
  }

  void operator()(const LrnFpropOp& op) {
    const Tensor y = e_.tensor(op.y);
    forward(y, call(LrnFprop{e_.tensor(op.x), y, e_.lrn_}));
  }

  void operator()(const AveragePoolFpropOp& op) {
    const Tensor y = e_.tensor(op.y);
    forward(y, call(GlobalAveragePoolFprop{e_.tensor(op.x), y}));
  }

  void operator()(const SoftmaxFpropOp& op) {
    const Tensor y = e_.tensor(op.y);
    // The stage before has the logical channels the softmax runs over; its parts hold them all.
    forward(y, call(SoftmaxFprop{e_.tensor(op.x), y, e_.plan_.convs.back().parts.front().layer->k}));
  }

  void operator()(const SeedOp& op) {
    const PlanTarget& target = e_.plan_.targets[static_cast<std::size_t>(op.target)];
    const ObjectiveSeed seed{e_.tensor(target.value), e_.tensor(target.gradient), e_.terms(op.target),
                             e_.values_.data(), op.target > 0};
    backward(seed.gradient, call(seed));
  }

  void operator()(const StemDgradOp& op) {
    const Tensor dy = e_.tensor(op.dy);
    backward(
        {}, [&e = e_, dy] { e.stem_->dgrad(e.stream_, dy, e.input_gradient_, e.workspace_->data()); },
        e_.stem_->algorithm(), macs(op.conv));
  }

  void operator()(const ConvDgradOp& op) {
    ConvPlan* conv = make_conv(op.conv, ConvDirection::dgrad, op.accumulate);
    const Tensor dy = e_.tensor(op.dy);
    const Tensor dx = e_.tensor(op.dx);
    backward(
        dx, [&e = e_, conv, dy, dx] { conv->run(e.stream_, dy, dx, e.workspace_->data()); },
        conv->algorithm(), macs(op.conv));
  }

  void operator()(const MaxPoolBpropOp& op) {
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

  void operator()(const LrnBpropOp& op) {
    const Tensor dx = e_.tensor(op.dx);
    backward_masking(dx, LrnBprop{e_.tensor(op.x), e_.tensor(op.dy), dx, e_.lrn_, {}});
  }

  void operator()(const AveragePoolBpropOp& op) {
    const Tensor dx = e_.tensor(op.dx);
    backward_masking(dx, GlobalAveragePoolBprop{e_.tensor(op.dy), dx, {}});
  }

  void operator()(const SoftmaxBpropOp& op) {
    const SoftmaxBprop softmax{e_.tensor(op.y), e_.tensor(op.dy), e_.tensor(op.dx)};
    backward(softmax.dx, call(softmax));
  }

  void operator()(const ReluBackwardOp&) {
    const ReluMask mask{whole_gradient(), whole_output()};
    e_.backward_.push_back({*name_, {}, 0, mask.gradient, call(mask)});
    add_redirected();
  }

 private:
  NetworkExecutor& e_;
  const std::string* name_ = nullptr;
  const std::vector<ReluPoint>* relus_ = nullptr;
  std::size_t workspace_bytes_ = 0;
};

namespace {

std::size_t bytes_of(const PlanBuffer& buffer, int batch, DType dtype) {
  const std::size_t element = buffer.kind == BufferKind::argmax ? 1 : size_of(dtype);
  return static_cast<std::size_t>(batch) * static_cast<std::size_t>(buffer.groups * kGroup) *
         static_cast<std::size_t>(buffer.h) * static_cast<std::size_t>(buffer.w) * element;
}

bool all_finite(const Tensor& t) {
  const auto view = t.as<const float>();
  for (int n = 0; n < view.n; ++n) {
    for (int g = 0; g < view.groups; ++g) {
      for (int h = 0; h < view.h; ++h) {
        for (int w = 0; w < view.w; ++w) {
          const float* pixel = view.at(n, g, h, w);
          if (!std::all_of(pixel, pixel + kGroup, [](float x) { return std::isfinite(x); })) return false;
        }
      }
    }
  }
  return true;
}

}  // namespace

NetworkExecutor::NetworkExecutor(Backend& backend, const Stream& stream, const Model& model, Plan plan,
                                 const ExecutorOptions& options)
    : backend_(backend),
      stream_(stream),
      plan_(std::move(plan)),
      options_(options),
      lrn_{model.lrn.radius, model.lrn.alpha, model.lrn.beta, model.lrn.bias},
      terms_(plan_.targets.size() * static_cast<std::size_t>(plan_.batch)),
      values_(static_cast<std::size_t>(plan_.batch)),
      redirect_(static_cast<std::size_t>(plan_.batch)) {
  if (model.lrn.present && !lrn_supports(lrn_)) {
    fail_usage("LRN of radius {} and beta {} is not among those built in (radius 2 or 5, beta 0.5 or 0.75)",
               lrn_.radius, lrn_.beta);
  }
  std::vector<std::size_t> bytes;
  for (const PlanBuffer& buffer : plan_.buffers)
    bytes.push_back(bytes_of(buffer, plan_.batch, options.dtype));
  const ArenaLayout layout = limpid::lay_out(plan_, bytes);
  offsets_ = layout.offsets;
  arena_ = backend_.allocate(layout.bytes);

  input_ = {nullptr, plan_.batch, 3, plan_.height, plan_.width};
  const auto count = static_cast<std::size_t>(input_.elements());
  const std::size_t images = plan_.backward.empty() ? 1 : 2;
  picture_ = backend_.allocate(images * count * sizeof(float));
  input_.data = static_cast<float*>(picture_->data());
  input_gradient_ = input_;
  input_gradient_.data = images == 2 ? input_.data + count : nullptr;

  PlanBinder(*this).bind();
}

Tensor NetworkExecutor::tensor(const Slice& slice) const {
  const auto index = static_cast<std::size_t>(slice.buffer);
  const PlanBuffer& buffer = plan_.buffers[index];
  return backend_
      .lay_out(static_cast<std::byte*>(arena_->data()) + offsets_[index], options_.dtype, plan_.batch,
               buffer.groups, buffer.h, buffer.w)
      .slice_groups(slice.first, slice.groups);
}

GroupView<std::uint8_t> NetworkExecutor::argmax(int buffer) const {
  const auto index = static_cast<std::size_t>(buffer);
  const PlanBuffer& b = plan_.buffers[index];
  return backend_
      .lay_out(static_cast<std::byte*>(arena_->data()) + offsets_[index], DType::f32, plan_.batch, b.groups,
               b.h, b.w)
      .as<std::uint8_t>();
}

Tensor NetworkExecutor::target_value(int target) const {
  return tensor(plan_.targets[static_cast<std::size_t>(target)].value);
}

void NetworkExecutor::forward() {
  for (const BoundOp& op : forward_) op.run();
}

void NetworkExecutor::backward() {
  const bool any =
      std::any_of(redirect_.begin(), redirect_.end(), [](std::int32_t flag) { return flag != 0; });
  for (const BoundOp& op : any ? redirected_ : backward_) op.run();
}

void NetworkExecutor::evaluate() {
  // The objectives' own operations come first.
  for (std::size_t i = 0; i < plan_.targets.size(); ++i) backward_[i].run();
}

std::string NetworkExecutor::first_non_finite() {
  for (const BoundOp& op : forward_) {
    op.run();
    if (!all_finite(op.result)) return op.name;
  }
  return {};
}

}  // namespace limpid
