#include "engine/network/executor.h"

#include <algorithm>
#include <cmath>
#include <stdexcept>

#include "engine/network/liveness.h"
#include "engine/network/map_transfer.h"
#include "engine/network/plan_binder.h"
#include "kernels/core/error.h"
#include "kernels/ops/caricature_seed.h"
#include "kernels/ops/pack_picture.h"

namespace limpid {
namespace {

void check_count(const std::string& layer, int expected, const std::vector<float>& values) {
  if (values.size() == static_cast<std::size_t>(expected)) return;
  fail_usage("{} has {} values here, and {} were given", layer, expected, values.size());
}

float widened(const void* data, DType dtype, std::int64_t at) {
  switch (dtype) {
    case DType::f32:
      return static_cast<const float*>(data)[at];
    case DType::f16:
      return to_f32(static_cast<const f16*>(data)[at]);
    case DType::bf16:
      return to_f32(static_cast<const bf16*>(data)[at]);
  }
  return 0;
}

/// One overload per alternative of AnyOp; for std::visit.
struct LrnCheck {
  template <class Op>
  void operator()(const Op&) const {}
  void operator()(const LrnFpropOp& op) const { check(op.rule); }
  void operator()(const LrnBpropOp& op) const { check(op.rule); }

  static void check(const LrnConstants& rule) {
    if (lrn_supports(rule)) return;
    fail_usage("LRN of radius {} and beta {} is not among those built in (radius 1 to 5, beta 0.5 or 0.75)",
               rule.radius, rule.beta);
  }
};

}  // namespace

NetworkExecutor::NetworkExecutor(Backend& backend, const Stream& stream, const Model& model, Plan plan,
                                 const ExecutorOptions& options)
    : NetworkExecutor(backend, stream, model, std::move(plan), options, Unplaced()) {
  own_arena_ = n_.backend.allocate(arena_bytes_);
  place(own_arena_->data());
}

NetworkExecutor::NetworkExecutor(Backend& backend, const Stream& stream, const Model& /*model*/, Plan plan,
                                 const ExecutorOptions& options, Unplaced)
    : n_{backend, stream, std::move(plan), options}, transfer_(backend, stream) {
  n_.values = {backend, static_cast<std::size_t>(n_.plan.batch) * static_cast<std::size_t>(n_.plan.columns)};
  n_.relu_rules = {backend, static_cast<std::size_t>(n_.plan.batch)};
  for (const auto* ops : {&n_.plan.forward, &n_.plan.backward}) {
    for (const PlanOp& op : *ops) std::visit(LrnCheck{}, op.op);
  }
  if (!n_.plan.backward.empty()) allocate_targets();
  allocate_input();

  for (const PlanBuffer& buffer : n_.plan.buffers) n_.bytes.push_back(bytes_of(buffer, options.dtype));
  binder_ = std::make_unique<PlanBinder>(n_);
  binder_->make_convolutions(n_.bytes);
  const ArenaLayout layout = limpid::lay_out(n_.plan, n_.bytes);
  n_.offsets = layout.offsets;
  arena_bytes_ = layout.bytes;
}

NetworkExecutor::~NetworkExecutor() = default;

void NetworkExecutor::place(void* arena) {
  n_.arena = static_cast<std::byte*>(arena);
  binder_->bind();
  binder_.reset();
  const auto list = [&](std::vector<const BoundOp*>& pass, const std::vector<BoundOp>& ops,
                        std::size_t count) {
    for (const BoundOp& op : n_.forward) pass.push_back(&op);
    for (std::size_t i = 0; i < count; ++i) pass.push_back(&ops[i]);
  };
  list(gradient_, n_.backward, n_.backward.size());
  list(ruled_gradient_, n_.ruled, n_.ruled.size());
  list(evaluation_, n_.backward, n_.objective_ops);
}

void NetworkExecutor::allocate_targets() {
  const auto batch = static_cast<std::size_t>(n_.plan.batch);
  for (const PlanTarget& target : n_.plan.targets) {
    const TermCounts& counts = target.terms;
    const auto channels = static_cast<std::size_t>(target.value.groups * kGroup);
    BoundTarget& bound = n_.targets.emplace_back();
    if (counts.seeds > 0) bound.seeds = {n_.backend, batch * static_cast<std::size_t>(counts.seeds)};
    bound.vectors_per_image = static_cast<std::size_t>(counts.vector_positions) * channels;
    if (counts.caricatures > 0) {
      bound.caricatures = {n_.backend, batch * static_cast<std::size_t>(counts.caricatures)};
      bound.caricature_sums = {n_.backend, caricature_scratch(n_.plan.batch, counts.caricatures)};
    }
    if (bound.vectors_per_image > 0) bound.vectors = {n_.backend, batch * bound.vectors_per_image};
    if (counts.grams > 0) {
      bound.grams = {n_.backend, batch * static_cast<std::size_t>(counts.grams)};
      bound.matrices = {n_.backend, batch * channels * channels};
      bound.slopes = {n_.backend, batch * channels * channels};
      bound.gram_sums = {n_.backend, gram_scratch(n_.plan.batch, counts.grams)};
    }
    for (int image = 0; image < n_.plan.batch; ++image) {
      set_terms(static_cast<int>(&target - n_.plan.targets.data()), image, {});
    }
  }
}

void NetworkExecutor::allocate_input() {
  if (!n_.plan.start.layer.empty()) return;
  const bool grouped = n_.backend.groups_input();
  Planar<float> planes{nullptr, n_.plan.batch, 3, n_.plan.height, n_.plan.width};
  const std::size_t bytes =
      grouped ? static_cast<std::size_t>(planes.elements() / 3 * kGroup) * size_of(n_.options.dtype)
              : static_cast<std::size_t>(planes.elements()) * sizeof(float);
  const bool backward = !n_.plan.backward.empty();
  const bool push = !n_.plan.push.empty();
  picture_ = n_.backend.allocate((1 + std::size_t{backward} + std::size_t{push}) * bytes);
  auto* next = static_cast<std::byte*>(picture_->data());
  const auto take = [&](bool wanted, Planar<float>& planar, Tensor& tensor) {
    void* data = wanted ? next : nullptr;
    if (wanted) next += bytes;
    planar = planes;
    if (grouped) {
      tensor = n_.backend.lay_out(data, n_.options.dtype, planes.n, 1, planes.h, planes.w);
    } else {
      planar.data = static_cast<float*>(data);
    }
  };
  take(true, n_.input, n_.grouped_input);
  take(backward, n_.input_gradient, n_.grouped_input_gradient);
  take(push, n_.input_tangent, n_.grouped_input_tangent);
}

Tensor NetworkExecutor::given_gradient_map(int target) const {
  return n_.tensor(n_.plan.targets[static_cast<std::size_t>(target)].given_gradient);
}

Tensor NetworkExecutor::tangent_map(int target) const {
  return n_.tensor(n_.plan.targets[static_cast<std::size_t>(target)].tangent);
}

Tensor NetworkExecutor::target_value(int target) const {
  return n_.tensor(n_.plan.targets[static_cast<std::size_t>(target)].value);
}

void NetworkExecutor::set_terms(int target, int image, const TargetTerms& terms) {
  const TermCounts& counts = n_.plan.targets[static_cast<std::size_t>(target)].terms;
  BoundTarget& bound = n_.targets[static_cast<std::size_t>(target)];
  const auto upload = [&](auto& array, auto values, int count) {
    values.resize(static_cast<std::size_t>(count));
    array.upload(n_.stream, static_cast<std::size_t>(image * count), values);
  };
  std::vector<SlotTerm> seeds;
  std::vector<float> vectors;
  const std::size_t first_vector = static_cast<std::size_t>(image) * bound.vectors_per_image;
  for (const SeedTerm& seed : terms.seeds) {
    seeds.push_back(seed.term);
    if (!seed.vectors.empty()) seeds.back().vector = bound.vectors.data() + first_vector + vectors.size();
    vectors.insert(vectors.end(), seed.vectors.begin(), seed.vectors.end());
  }
  if (!vectors.empty()) bound.vectors.upload(n_.stream, first_vector, vectors);
  if (counts.seeds > 0) upload(bound.seeds, std::move(seeds), counts.seeds);
  if (counts.caricatures > 0) upload(bound.caricatures, terms.caricatures, counts.caricatures);
  if (counts.grams > 0) upload(bound.grams, terms.grams, counts.grams);
}

std::vector<double> NetworkExecutor::download_values() const {
  std::vector<double> values(n_.values.size());
  n_.values.download(n_.stream, 0, values);
  return values;
}

Planar<float> NetworkExecutor::staging() {
  const auto bytes = static_cast<std::size_t>(n_.input.elements()) * sizeof(float);
  if (staging_ == nullptr) staging_ = n_.backend.allocate(bytes);
  Planar<float> planes = n_.input;
  planes.data = static_cast<float*>(staging_->data());
  return planes;
}

void NetworkExecutor::upload_planes(const Planar<const float>& host, const Planar<float>& planar,
                                    const Tensor& grouped) {
  const auto bytes = static_cast<std::size_t>(planar.elements()) * sizeof(float);
  if (planar.data != nullptr) return n_.backend.upload(n_.stream, planar.data, host.data, bytes);
  const Planar<float> planes = staging();
  n_.backend.upload(n_.stream, planes.data, host.data, bytes);
  n_.backend.run(n_.stream, PackPicture{planes, grouped});
}

void NetworkExecutor::set_input(const Planar<const float>& host) {
  upload_planes(host, n_.input, n_.grouped_input);
}

void NetworkExecutor::set_input_tangent(const Planar<const float>& host) {
  upload_planes(host, n_.input_tangent, n_.grouped_input_tangent);
}

void NetworkExecutor::get_input_gradient(const Planar<float>& host) {
  const auto bytes = static_cast<std::size_t>(n_.input.elements()) * sizeof(float);
  const float unscale = 1 / n_.options.gradient_scale;
  if (n_.input_gradient.data != nullptr) {
    n_.backend.download(n_.stream, host.data, n_.input_gradient.data, bytes);
    if (unscale != 1) std::for_each_n(host.data, host.elements(), [&](float& x) { x *= unscale; });
    return;
  }
  const Planar<float> planes = staging();
  n_.backend.run(n_.stream, UnpackPicture{n_.grouped_input_gradient, planes, unscale});
  n_.backend.download(n_.stream, host.data, planes.data, bytes);
}

std::vector<float> NetworkExecutor::download(const Tensor& tensor) const {
  std::vector<std::byte> raw(elements_spanned(tensor) * size_of(tensor.dtype));
  n_.backend.download(n_.stream, raw.data(), tensor.data, raw.size());
  std::vector<float> values;
  values.reserve(static_cast<std::size_t>(tensor.elements()));
  for (int n = 0; n < tensor.n; ++n) {
    for (int c = 0; c < tensor.channels(); ++c) {
      for (int h = 0; h < tensor.h; ++h) {
        for (int w = 0; w < tensor.w; ++w) {
          const std::int64_t at = n * tensor.stride_n + (c / kGroup) * tensor.stride_g + h * tensor.stride_h +
                                  w * tensor.stride_w + c % kGroup;
          values.push_back(widened(raw.data(), tensor.dtype, at));
        }
      }
    }
  }
  return values;
}

std::vector<float> NetworkExecutor::download_target(int target, int n) {
  const PlanTarget& wanted = n_.plan.targets[static_cast<std::size_t>(target)];
  return download_logical(target_value(target).image(n), wanted.channels, wanted.logical_channels, 1);
}

void NetworkExecutor::read_target(int target, const TensorView<float>& to) {
  transfer_.read(target_value(target), n_.plan.targets[static_cast<std::size_t>(target)].channels, 1, to);
}

std::vector<float> NetworkExecutor::download_logical(const Tensor& image, const ChannelMap& channels,
                                                     int count, float factor) {
  std::vector<float> values(static_cast<std::size_t>(count * image.h * image.w));
  transfer_.read(image, channels, factor, dense_view(values.data(), {1, count, image.h, image.w}));
  return values;
}

void NetworkExecutor::set_start(int n, const std::vector<float>& values) {
  const PlanStart& start = n_.plan.start;
  check_count(start.layer, start.logical_channels * start.h * start.w, values);
  transfer_.write(dense_view(values.data(), {1, start.logical_channels, start.h, start.w}), start.channels, 1,
                  n_.tensor(start.value).image(n));
}

std::vector<float> NetworkExecutor::start_gradient(int n) {
  const PlanStart& start = n_.plan.start;
  return download_logical(n_.tensor(start.gradient).image(n), start.channels, start.logical_channels,
                          1 / n_.options.gradient_scale);
}

void NetworkExecutor::write_start(const TensorView<const float>& from) {
  transfer_.write(from, n_.plan.start.channels, 1, n_.tensor(n_.plan.start.value));
}

void NetworkExecutor::read_start_gradient(const TensorView<float>& to) {
  const PlanStart& start = n_.plan.start;
  transfer_.read(n_.tensor(start.gradient), start.channels, 1 / n_.options.gradient_scale, to);
}

void NetworkExecutor::set_given_gradient(int target, int n, const std::vector<float>& gradient) {
  const PlanTarget& given = n_.plan.targets[static_cast<std::size_t>(target)];
  check_count(given.layer, given.logical_channels * given.h * given.w, gradient);
  transfer_.write(dense_view(gradient.data(), {1, given.logical_channels, given.h, given.w}), given.channels,
                  n_.options.gradient_scale, n_.tensor(given.given_gradient).image(n));
}

void NetworkExecutor::write_given_gradient(int target, const TensorView<const float>& from) {
  const PlanTarget& given = n_.plan.targets[static_cast<std::size_t>(target)];
  transfer_.write(from, given.channels, n_.options.gradient_scale, n_.tensor(given.given_gradient));
}

void NetworkExecutor::write_start_tangent(const TensorView<const float>& from) {
  transfer_.write(from, n_.plan.start.channels, 1, n_.tensor(n_.plan.start.tangent));
}

void NetworkExecutor::read_tangent(int target, const TensorView<float>& to) {
  const PlanTarget& wanted = n_.plan.targets[static_cast<std::size_t>(target)];
  transfer_.read(n_.tensor(wanted.tangent), wanted.channels, 1, to);
}

template <class Ops>
void NetworkExecutor::run(const Ops& ops) {
  depth_first(ops, [&](const BoundPart& part, const BoundOp&) { part.run(n_.stream); });
}

void NetworkExecutor::check_passes_apart() const {
  if (n_.plan.one_pass && in_micro_batches()) {
    throw std::logic_error("a plan of one pass is run forward or backward alone");
  }
}

void NetworkExecutor::forward() {
  check_passes_apart();
  run(n_.forward);
}

void NetworkExecutor::backward(ReluRule rule) {
  check_passes_apart();
  run(backward_ops(rule));
}

void NetworkExecutor::push() {
  run(n_.push);
}

void NetworkExecutor::gradient(ReluRule rule) {
  run(rule == ReluRule::plain ? gradient_ : ruled_gradient_);
}

void NetworkExecutor::evaluate() {
  run(evaluation_);
}

/// An operation that fails in one micro-batch may follow one that fails in another.
std::string NetworkExecutor::first_non_finite() {
  const BoundOp* first = nullptr;
  depth_first(n_.forward, [&](const BoundPart& part, const BoundOp& op) {
    part.run(n_.stream);
    if (first != nullptr && first <= &op) return;
    const std::vector<float> values = download(part.result);
    if (!std::all_of(values.begin(), values.end(), [](float x) { return std::isfinite(x); })) first = &op;
  });
  return first == nullptr ? std::string() : first->name;
}

}  // namespace limpid
