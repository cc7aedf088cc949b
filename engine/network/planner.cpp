#include "engine/network/planner.h"

#include <algorithm>
#include <array>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "engine/network/liveness.h"
#include "engine/network/map_size.h"
#include "engine/network/stages.h"
#include "kernels/core/error.h"

namespace limpid {
namespace {

/// A map the plan has produced, or the picture (no buffer).
struct Map {
  Slice slice;
  ChannelMap channels;
  int logical = 0;
  MapSize size;
  std::vector<Slice> relus;  ///< Outputs of the ReLUs it consists of; empty when it is not a ReLU's output.
};

/// One convolution of a module.
struct Branch {
  const ConvLayer* layer = nullptr;
  ChannelMap outputs;  ///< Empty: not computed.
  Slice slice;

  bool computed() const { return outputs.physical_count() > 0; }
};

class PlanBuilder {
 public:
  PlanBuilder(const Model& model, const PlanRequest& request) : model_(model), request_(request) {
    plan_.batch = request.batch;
    plan_.columns = request.columns;
    plan_.height = request.height;
    plan_.width = request.width;
    for (const TargetRequest& target : request.targets) {
      deepest_ = std::max(deepest_, stage_of(target.layer));
    }
  }

  Plan build() {
    check_request();
    Map x;
    x.size = {request_.height, request_.width};
    for (int i = 0; i <= deepest_; ++i) {
      stage_ = i;
      x = add_stage(stage_at(model_, i), x);
    }
    order_targets();
    if (request_.backward) add_backward();
    find_lifetimes(plan_, request_.concurrency);
    return std::move(plan_);
  }

 private:
  // ---- What is wanted -------------------------------------------------------------------------------------

  void check_request() const {
    if (request_.targets.empty()) fail_usage("a plan needs at least one target layer");
    for (const TargetRequest& target : request_.targets) {
      if (stage_of(target.layer) < 0) fail_usage("unknown layer '{}'", target.layer);
      if (!reaches(model_, {request_.height, request_.width}, stage_of(target.layer))) {
        fail_usage("an input of {}x{} is too small for {}: the least is {}x{}", request_.height,
                   request_.width, target.layer, least_size(model_, stage_of(target.layer)),
                   least_size(model_, stage_of(target.layer)));
      }
    }
  }

  /// Puts the targets into the order of the request; they were found in the network's.
  void order_targets() {
    std::vector<PlanTarget> ordered;
    for (const TargetRequest& wanted : request_.targets) {
      const auto found = std::find_if(plan_.targets.begin(), plan_.targets.end(),
                                      [&](const PlanTarget& t) { return t.layer == wanted.layer; });
      if (found == plan_.targets.end()) fail_usage("unknown layer '{}'", wanted.layer);
      ordered.push_back(*found);
    }
    plan_.targets = std::move(ordered);
  }

  /// Whether a later stage reads this one.
  bool consumed() const { return stage_ < deepest_; }

  bool is_target(const std::string& layer) const {
    return std::any_of(request_.targets.begin(), request_.targets.end(),
                       [&](const TargetRequest& t) { return t.layer == layer; });
  }

  /// Whether the layer's values are wanted before its ReLU. A layer another one reads must keep its ReLU.
  bool wants_pre_relu(const std::string& layer, bool read_further) const {
    bool pre = false;
    bool post = false;
    for (const TargetRequest& t : request_.targets) {
      if (t.layer == layer) (t.pre_relu ? pre : post) = true;
    }
    if (pre && (post || read_further)) {
      fail_usage("{}:pre cannot be planned together with a target that reads {} after its ReLU", layer,
                 layer);
    }
    return pre;
  }

  /// The channels of a layer that targets ask for, of `count`, numbered from `offset` on in the target's own
  /// numbering.
  void collect_channels(const std::string& layer, int offset, int count, int layer_count,
                        std::set<int>& wanted) const {
    for (const TargetRequest& t : request_.targets) {
      if (t.layer != layer) continue;
      for (const int c : t.channels) {
        if (c < 0 || c >= layer_count) {
          fail_usage("{} has no channel {}: channels are 0 to {}", layer, c, layer_count - 1);
        }
        if (c >= offset && c < offset + count) wanted.insert(c - offset);
      }
      if (t.channels.empty()) {
        for (int c = 0; c < count; ++c) wanted.insert(wanted.end(), c);
      }
    }
  }

  static ChannelMap select(const std::set<int>& wanted, int count) {
    if (static_cast<int>(wanted.size()) == count) return ChannelMap::range(0, count);
    return ChannelMap::of({wanted.begin(), wanted.end()});
  }

  /// Output channels of a stand-alone convolution.
  ChannelMap outputs_of(const ConvLayer& layer) const {
    if (consumed()) return ChannelMap::range(0, layer.k);
    std::set<int> wanted;
    collect_channels(layer.name, 0, layer.k, layer.k, wanted);
    return select(wanted, layer.k);
  }

  // ---- Buffers --------------------------------------------------------------------------------------------

  int add_buffer(std::string name, BufferKind kind, int groups, MapSize size) {
    plan_.buffers.push_back({std::move(name), kind, groups, size.h, size.w});
    return static_cast<int>(plan_.buffers.size()) - 1;
  }

  Slice add_map(const std::string& name, int groups, MapSize size) {
    return {add_buffer(name, BufferKind::activation, groups, size), 0, groups};
  }

  /// The gradient of an activation slice lies at the same groups of a buffer of the same extents.
  Slice gradient(const Slice& slice) {
    const auto [found, is_new] = gradients_.try_emplace(slice.buffer, -1);
    if (is_new) {
      const PlanBuffer buffer = plan_.buffers[static_cast<std::size_t>(slice.buffer)];
      found->second =
          add_buffer("d " + buffer.name, BufferKind::gradient, buffer.groups, {buffer.h, buffer.w});
      written_[found->second].assign(static_cast<std::size_t>(buffer.groups), false);
    }
    return {found->second, slice.first, slice.groups};
  }

  /// Notes a contribution to a gradient; true when it must be added to what is there already.
  bool accumulates(const Slice& dx) {
    auto& written = written_[dx.buffer];
    const auto begin = written.begin() + dx.first;
    const auto count = std::count(begin, begin + dx.groups, true);
    if (count != 0 && count != dx.groups) fail_runtime("plan: a gradient slice is written in parts");
    std::fill(begin, begin + dx.groups, true);
    return count != 0;
  }

  // ---- Forward --------------------------------------------------------------------------------------------

  void forward(std::string name, AnyOp op) { plan_.forward.push_back({std::move(name), std::move(op), {}}); }

  /// Emits backward operations; called in reverse order of the forward pass.
  void on_backward(std::function<void()> emit) { backward_.push_back(std::move(emit)); }

  Map add_stage(const Stage& stage, const Map& x) {
    const std::string name(stage.name);
    Map y;
    switch (stage.kind) {
      case StageKind::conv:
      case StageKind::classifier:
        return add_conv_stage(stage, name, x);
      case StageKind::max_pool:
        y = add_max_pool(name, stage, x);
        break;
      case StageKind::lrn:
        y = model_.lrn.present ? add_lrn(name, x) : x;
        break;
      case StageKind::module:
        return add_module(name, x);
      case StageKind::average_pool:
        y = add_average_pool(name, x);
        break;
      case StageKind::softmax:
        y = add_softmax(name, x);
        break;
    }
    add_targets(name, y, y.logical);
    return y;
  }

  int add_conv(std::string name, std::vector<FilterPart> parts, const Map& x, const Window& window,
               MapSize out, bool relu) {
    int k = 0;
    for (const FilterPart& part : parts) k += part.outputs.physical_count();
    const ConvShape shape{x.channels.physical_count(), x.size.h, x.size.w, k, out.h, out.w, window};
    plan_.convs.push_back({std::move(name), shape, relu, std::move(parts), x.channels});
    return static_cast<int>(plan_.convs.size()) - 1;
  }

  Window conv_window(int size, int stride, MapSize in) const {
    return {size, stride, conv_extent(model_.padding, in.h, size, stride).before,
            conv_extent(model_.padding, in.w, size, stride).before};
  }

  Window pool_window(int size, int stride, MapSize in) const {
    return {size, stride, pool_extent(model_.padding, in.h, size, stride).before,
            pool_extent(model_.padding, in.w, size, stride).before};
  }

  Map add_conv_stage(const Stage& stage, const std::string& name, const Map& x) {
    const ConvLayer& layer = model_.layer(name);
    const bool stem = x.slice.buffer < 0;
    const bool has_relu = stage.kind == StageKind::conv;
    const bool relu = has_relu && !wants_pre_relu(name, consumed());
    Map y;
    y.channels = outputs_of(layer);
    y.logical = layer.k;
    y.size = stage_size(stage, model_.padding, x.size);
    y.slice = add_map(name, y.channels.groups(), y.size);
    if (relu) y.relus = {y.slice};

    Map input = x;
    if (stem) input.channels = picture_channels();
    const int conv = add_conv(name, {{&layer, y.channels}}, input,
                              conv_window(stage.size, stage.stride, x.size), y.size, relu);
    if (stem) {
      forward(name + " fprop", StemFpropOp{conv, y.slice});
    } else {
      forward(name + " fprop", ConvFpropOp{conv, x.slice, y.slice});
    }
    on_backward([this, name, conv, x, y, stem] {
      finish_gradient(name, y.relus);
      if (stem) {
        backward(name + " dgrad", StemDgradOp{conv, gradient(y.slice)});
      } else {
        conv_dgrad(name, conv, y.slice, x.slice);
      }
    });
    add_targets(name, y, y.logical);
    return y;
  }

  /// The stem reads the three planes of the picture, not groups.
  static ChannelMap picture_channels() { return ChannelMap::unpadded(3); }

  Map add_max_pool(const std::string& name, const Stage& stage, const Map& x) {
    const Window window = pool_window(stage.size, stage.stride, x.size);
    Map y = x;
    y.relus.clear();
    y.size = {pool_extent(model_.padding, x.size.h, stage.size, stage.stride).out,
              pool_extent(model_.padding, x.size.w, stage.size, stage.stride).out};
    y.slice = add_map(name, x.slice.groups, y.size);
    const int argmax = add_buffer(name + " argmax", BufferKind::argmax, x.slice.groups, y.size);
    forward(name + " fprop", MaxPoolFpropOp{x.slice, y.slice, argmax, window});
    on_backward([this, name, x, y, argmax, window] {
      const Slice dx = gradient(x.slice);
      const Slice dy = gradient(y.slice);
      backward(name + " bprop", MaxPoolBpropOp{dy, dx, argmax, window, accumulates(dx)});
    });
    return y;
  }

  /// An operation of one input and one output of the same channels.
  template <class Fprop, class Bprop>
  Map add_map_op(const std::string& name, const Map& x, MapSize size, const Fprop& fprop,
                 const Bprop& bprop) {
    Map y = x;
    y.relus.clear();
    y.size = size;
    y.slice = add_map(name, x.slice.groups, size);
    forward(name + " fprop", fprop(y.slice));
    on_backward([this, name, x, y, bprop] {
      const Slice dx = gradient(x.slice);
      backward(name + " bprop", bprop(y.slice, gradient(y.slice), dx, accumulates(dx)));
    });
    return y;
  }

  Map add_lrn(const std::string& name, const Map& x) {
    return add_map_op(
        name, x, x.size,
        [&](const Slice& y) {
          return LrnFpropOp{x.slice, y};
        },
        [x](const Slice&, const Slice& dy, const Slice& dx, bool accumulate) {
          return LrnBpropOp{x.slice, dy, dx, accumulate};
        });
  }

  Map add_average_pool(const std::string& name, const Map& x) {
    return add_map_op(
        name, x, {1, 1},
        [&](const Slice& y) {
          return AveragePoolFpropOp{x.slice, y};
        },
        [](const Slice&, const Slice& dy, const Slice& dx, bool accumulate) {
          return AveragePoolBpropOp{dy, dx, accumulate};
        });
  }

  Map add_softmax(const std::string& name, const Map& x) {
    return add_map_op(
        name, x, x.size,
        [&](const Slice& y) {
          return SoftmaxFpropOp{x.slice, y};
        },
        [name](const Slice& y, const Slice& dy, const Slice& dx, bool accumulate) {
          if (accumulate) fail_usage("{} and the layer it reads cannot both be targets", name);
          return SoftmaxBpropOp{y, dy, dx};
        });
  }

  // ---- Modules --------------------------------------------------------------------------------------------

  /// The convolutions of a module, in memory order: the two bottlenecks and the 1x1 branch, which read the
  /// module's input and are computed as one, then the rest. The last four, in this order, are the module's
  /// output.
  enum Part { kBottleneck3, kBottleneck5, k1x1, k3x3, k5x5, kPoolReduce, kParts };

  static constexpr std::array<const char*, kParts> kPartNames = {
      "3x3_bottleneck", "5x5_bottleneck", "1x1", "3x3", "5x5", "pool_reduce"};
  using Module = std::array<Branch, kParts>;

  Map add_module(const std::string& name, const Map& x) {
    Module module;
    for (std::size_t i = 0; i < kParts; ++i) module[i].layer = &model_.layer(part_name(name, i));
    select_branches(name, module);
    const bool pool_is_target = is_target(name + "_pool");

    int groups = 0;
    for (Branch& branch : module) {
      branch.slice = {-1, groups, branch.outputs.groups()};
      groups += branch.outputs.groups();
    }
    const int buffer = groups > 0 ? add_buffer(name, BufferKind::activation, groups, x.size) : -1;
    for (Branch& branch : module) branch.slice.buffer = buffer;

    const bool pre_relu = module_pre_relu(name, module);
    // The pool comes first so that, on the way back, it is the last to add to the gradient of x and masks it
    // too.
    if (module[kPoolReduce].computed() || pool_is_target)
      add_pool_branch(name, module[kPoolReduce], x, pre_relu);
    add_merged_1x1(name, module, x, pre_relu);
    add_spatial(name, module, k3x3, kBottleneck3, x, pre_relu);
    add_spatial(name, module, k5x5, kBottleneck5, x, pre_relu);
    return finish_module(name, module, x, pre_relu);
  }

  static std::string part_name(const std::string& module, std::size_t part) {
    return module + "_" + kPartNames[part];
  }

  /// Which filters of each convolution are needed: all where a later stage reads the module, else those that
  /// targets ask for; a bottleneck in full where its convolution is needed.
  void select_branches(const std::string& name, Module& module) const {
    int total = 0;
    for (std::size_t i = k1x1; i < kParts; ++i) total += module[i].layer->k;
    int offset = 0;
    for (std::size_t i = 0; i < kParts; ++i) {
      const int count = module[i].layer->k;
      const bool bottleneck = i < k1x1;
      std::set<int> wanted;
      collect_channels(part_name(name, i), 0, count, count, wanted);
      if (!bottleneck) {
        collect_channels(name, offset, count, total, wanted);
        offset += count;
        if (consumed()) wanted = all_channels(count);
      }
      if (!wanted.empty()) module[i].outputs = select(wanted, count);
    }
    for (const auto& [bottleneck, conv] : {std::pair{kBottleneck3, k3x3}, std::pair{kBottleneck5, k5x5}}) {
      if (module[conv].computed())
        module[bottleneck].outputs = ChannelMap::range(0, module[bottleneck].layer->k);
    }
  }

  static std::set<int> all_channels(int count) {
    std::set<int> all;
    for (int c = 0; c < count; ++c) all.insert(all.end(), c);
    return all;
  }

  /// Whether the module's targets are meant before their ReLU; all of them must agree.
  bool module_pre_relu(const std::string& name, const Module& module) const {
    bool pre = false;
    bool post = false;
    const auto note = [&](const std::string& layer, bool read_further) {
      if (is_target(layer)) (wants_pre_relu(layer, read_further) ? pre : post) = true;
    };
    note(name, consumed());
    for (std::size_t i = 0; i < kParts; ++i) {
      note(part_name(name, i), i < k1x1 ? module[i + k3x3].computed() : consumed());
    }
    if (pre && post) fail_usage("targets before and after the ReLUs of {} cannot be planned together", name);
    return pre;
  }

  /// The convolutions that read the module's input, merged; those with a ReLU and those without apart.
  void add_merged_1x1(const std::string& name, const Module& module, const Map& x, bool pre_relu) {
    const auto has_relu = [&](std::size_t i) {
      return !pre_relu || (i < k1x1 && module[i + k3x3].computed());
    };
    std::size_t i = kBottleneck3;
    while (i <= k1x1) {
      std::vector<FilterPart> parts;
      std::vector<Slice> bottlenecks;
      std::string merged;
      Slice y = module[i].slice;
      y.groups = 0;
      const bool relu = has_relu(i);
      for (; i <= k1x1 && has_relu(i) == relu; ++i) {
        const Branch& branch = module[i];
        if (!branch.computed()) continue;
        parts.push_back({branch.layer, branch.outputs});
        y.groups += branch.slice.groups;
        merged += (merged.empty() ? name + "_" : "+") + std::string(kPartNames[i]);
        if (i < k1x1 && relu) bottlenecks.push_back(branch.slice);
      }
      if (!parts.empty()) add_pointwise(merged, std::move(parts), y, x, relu, bottlenecks);
    }
  }

  /// A 1x1 convolution of the module's input. `relus` are the ReLU outputs whose gradient is complete when
  /// its turn comes.
  void add_pointwise(const std::string& name, std::vector<FilterPart> parts, Slice y, const Map& x, bool relu,
                     const std::vector<Slice>& relus) {
    const int conv = add_conv(name, std::move(parts), x, Window{}, x.size, relu);
    forward(name + " fprop", ConvFpropOp{conv, x.slice, y});
    on_backward([this, name, conv, x, y, relus] {
      finish_gradient(name, relus);
      conv_dgrad(name, conv, y, x.slice);
    });
  }

  void add_spatial(const std::string& module_name, const Module& module, Part part, Part bottleneck,
                   const Map& x, bool pre_relu) {
    const Branch& branch = module[part];
    if (!branch.computed()) return;
    const std::string name = part_name(module_name, part);
    Map input = x;
    input.slice = module[bottleneck].slice;
    input.channels = module[bottleneck].outputs;
    const int conv = add_conv(name, {{branch.layer, branch.outputs}}, input,
                              conv_window(branch.layer->size, 1, x.size), x.size, !pre_relu);
    forward(name + " fprop", ConvFpropOp{conv, input.slice, branch.slice});
    on_backward([this, name, conv, branch, input] { conv_dgrad(name, conv, branch.slice, input.slice); });
  }

  void add_pool_branch(const std::string& module_name, const Branch& branch, const Map& x, bool pre_relu) {
    const std::string pool_name = module_name + "_pool";
    const Map pooled = add_max_pool(pool_name, {StageKind::max_pool, "", 3, 1}, x);
    add_targets(pool_name, pooled, pooled.logical);
    if (!branch.computed()) return;
    const std::string name = part_name(module_name, kPoolReduce);
    const int conv = add_conv(name, {{branch.layer, branch.outputs}}, pooled, Window{}, x.size, !pre_relu);
    forward(name + " fprop", ConvFpropOp{conv, pooled.slice, branch.slice});
    on_backward([this, name, conv, branch, pooled] { conv_dgrad(name, conv, branch.slice, pooled.slice); });
  }

  /// The concatenation of the computed branches, and the targets of the module and its convolutions.
  Map finish_module(const std::string& name, const Module& module, const Map& x, bool pre_relu) {
    Map y;
    y.size = x.size;
    y.slice = {module[k1x1].slice.buffer, module[k1x1].slice.first, 0};
    for (std::size_t i = 0; i < kParts; ++i) {
      const Branch& branch = module[i];
      if (i >= k1x1) {
        y.channels.append(branch.outputs, y.logical);
        y.logical += branch.layer->k;
        y.slice.groups += branch.slice.groups;
        if (branch.computed() && !pre_relu) y.relus.push_back(branch.slice);
      }
      if (!branch.computed()) continue;
      Map part = y;
      part.slice = branch.slice;
      part.channels = branch.outputs;
      add_targets(part_name(name, i), part, branch.layer->k);
    }
    on_backward([this, name, y] { finish_gradient(name, y.relus); });
    add_targets(name, y, y.logical);
    return y;
  }

  // ---- Targets and backward -------------------------------------------------------------------------------

  void add_targets(const std::string& layer, const Map& map, int logical) {
    for (const TargetRequest& t : request_.targets) {
      if (t.layer != layer) continue;
      for (const int c : t.channels) {
        if (c < 0 || c >= logical) {
          fail_usage("{} has no channel {}: channels are 0 to {}", layer, c, logical - 1);
        }
      }
      plan_.targets.push_back(
          {layer, t.pre_relu, map.slice, {}, map.channels, logical, map.size.h, map.size.w, t.terms});
    }
  }

  void backward(std::string name, AnyOp op) {
    plan_.backward.push_back({std::move(name), std::move(op), {}});
  }

  void conv_dgrad(const std::string& name, int conv, const Slice& y, const Slice& x) {
    const Slice dx = gradient(x);
    backward(name + " dgrad", ConvDgradOp{conv, gradient(y), dx, accumulates(dx)});
  }

  /// The gradient of these ReLU outputs is complete: masks it, in the operation that wrote it last if that
  /// can.
  void finish_gradient(const std::string& name, const std::vector<Slice>& relus) {
    if (relus.empty()) return;
    std::vector<ReluPoint> points;
    int groups = 0;
    for (const Slice& output : relus) {
      points.push_back({gradient(output), output});
      groups += output.groups;
    }
    const Slice whole{points.front().gradient.buffer, points.front().gradient.first, groups};
    if (plan_.backward.empty() || !masks_as_it_writes(plan_.backward.back().op, whole)) {
      backward(name + " relu", ReluBackwardOp{});
    }
    plan_.backward.back().relus = std::move(points);
  }

  static bool masks_as_it_writes(const AnyOp& op, const Slice& dx) {
    const auto same = [&](const Slice& s) {
      return s.buffer == dx.buffer && s.first == dx.first && s.groups == dx.groups;
    };
    if (const auto* pool = std::get_if<MaxPoolBpropOp>(&op)) return same(pool->dx);
    if (const auto* lrn = std::get_if<LrnBpropOp>(&op)) return same(lrn->dx);
    if (const auto* average = std::get_if<AveragePoolBpropOp>(&op)) return same(average->dx);
    return false;
  }

  void add_backward() {
    for (std::size_t i = 0; i < plan_.targets.size(); ++i) {
      PlanTarget& target = plan_.targets[i];
      target.gradient = gradient(target.value);
      if (accumulates(target.gradient)) fail_usage("{} is a target twice", target.layer);
      const int index = static_cast<int>(i);
      backward(target.layer + " objective", SeedOp{index});
      if (target.terms.caricatures > 0) backward(target.layer + " caricature", CaricatureSeedOp{index});
      if (target.terms.grams > 0) backward(target.layer + " gram matrices", GramSeedOp{index});
    }
    std::for_each(backward_.rbegin(), backward_.rend(), [](const auto& emit) { emit(); });
  }

  const Model& model_;
  const PlanRequest& request_;
  Plan plan_;
  int deepest_ = -1;
  int stage_ = 0;
  std::vector<std::function<void()>> backward_;
  std::map<int, int> gradients_;              ///< Activation buffer -> gradient buffer.
  std::map<int, std::vector<bool>> written_;  ///< Gradient buffer -> which groups hold something.
};

}  // namespace

Plan make_plan(const Model& model, const PlanRequest& request) {
  return PlanBuilder(model, request).build();
}

int least_input_size(const Model& model, const std::string& layer) {
  return least_size(model, stage_of(layer));
}

}  // namespace limpid
