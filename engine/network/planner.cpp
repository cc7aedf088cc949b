#include "engine/network/planner.h"

#include <algorithm>
#include <array>
#include <functional>
#include <iterator>
#include <map>
#include <set>
#include <utility>

#include "engine/network/layers.h"
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

/// Where the values of a convolution go. Mostly its ReLU is built in, or not wanted; only where values before
/// and after it are wanted is it an operation of its own.
struct Outlet {
  bool pre = false;   ///< Values before the ReLU are wanted,
  bool post = false;  ///< and those after it, or of a convolution that has none.
  Slice linear;       ///< Where the former are.
  Slice rectified;    ///< Where the latter are.

  bool both() const { return pre && post; }
  const Slice& written() const { return pre ? linear : rectified; }  ///< By the convolution.
};

/// One convolution of a module.
struct Branch {
  const ConvLayer* layer = nullptr;
  ChannelMap outputs;  ///< Empty: not computed.
  Outlet outlet;

  bool computed() const { return outputs.physical_count() > 0; }
};

/// Convolutions whose ReLUs are one operation.
struct Rectification {
  std::string name;
  Slice linear, rectified;
  std::vector<Slice> relus;  ///< The parts of `rectified`, one a convolution.
};

bool follows(const Slice& before, const Slice& after) {
  return before.buffer == after.buffer && before.first + before.groups == after.first;
}

bool contains(const Slice& whole, const Slice& part) {
  return whole.buffer == part.buffer && whole.first <= part.first &&
         part.first + part.groups <= whole.first + whole.groups;
}

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
      if (i > 0) read_.push_back(x.slice);
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
      if (target.pre_relu && !has_relu(target.layer)) {
        fail_usage("{} has no ReLU, so ':pre' means nothing there", target.layer);
      }
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
      const auto found = std::find_if(plan_.targets.begin(), plan_.targets.end(), [&](const PlanTarget& t) {
        return t.layer == wanted.layer && t.pre_relu == wanted.pre_relu;
      });
      if (found == plan_.targets.end()) fail_usage("unknown layer '{}'", wanted.layer);
      ordered.push_back(*found);
    }
    plan_.targets = std::move(ordered);
  }

  /// Whether a later stage reads this one.
  bool consumed() const { return stage_ < deepest_; }

  /// Whether the layer is a target, before its ReLU or after it (or where it has none).
  bool is_target(const std::string& layer, bool pre_relu) const {
    return std::any_of(request_.targets.begin(), request_.targets.end(),
                       [&](const TargetRequest& t) { return t.layer == layer && t.pre_relu == pre_relu; });
  }

  /// The channels of a layer that targets before or after its ReLU ask for, of `count`, numbered from
  /// `offset` on in the target's own numbering.
  void collect_channels(const std::string& layer, bool pre_relu, int offset, int count, int layer_count,
                        std::set<int>& wanted) const {
    for (const TargetRequest& t : request_.targets) {
      if (t.layer != layer || t.pre_relu != pre_relu) continue;
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
    for (const bool pre : {false, true}) collect_channels(layer.name, pre, 0, layer.k, layer.k, wanted);
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
    add_targets(name, false, y, y.logical);
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
    const bool relu = stage.kind == StageKind::conv;
    Map y;
    y.channels = outputs_of(layer);
    y.logical = layer.k;
    y.size = stage_size(stage, model_.padding, x.size);
    const Outlet outlet = add_outlet(name, y.channels.groups(), y.size);
    y.slice = outlet.rectified;
    if (relu && outlet.post) y.relus = {y.slice};

    Map input = x;
    if (stem) input.channels = picture_channels();
    const int conv = add_conv(name, {{&layer, y.channels}}, input,
                              conv_window(stage.size, stage.stride, x.size), y.size, relu && !outlet.pre);
    if (stem) {
      forward(name + " fprop", StemFpropOp{conv, outlet.written()});
    } else {
      forward(name + " fprop", ConvFpropOp{conv, x.slice, outlet.written()});
    }
    const Rectification rectification{name, outlet.linear, outlet.rectified, y.relus};
    if (outlet.both()) rectify(rectification);
    on_backward([this, name, conv, x, outlet, rectification, stem] {
      finish_gradient(name, rectification.relus);
      if (outlet.both()) pass_back(rectification);
      if (stem) {
        backward(name + " dgrad", StemDgradOp{conv, gradient(outlet.written())});
      } else {
        conv_dgrad(name, conv, outlet.written(), x.slice);
      }
    });
    add_targets(name, false, y, y.logical);
    Map linear = y;
    linear.slice = outlet.linear;
    add_targets(name, true, linear, y.logical);
    return y;
  }

  /// Of a stand-alone convolution.
  Outlet add_outlet(const std::string& name, int groups, MapSize size) {
    Outlet outlet{is_target(name, true), consumed() || is_target(name, false), {}, {}};
    const Slice own = add_map(name, groups, size);
    if (outlet.post) outlet.rectified = own;
    if (outlet.pre) outlet.linear = outlet.post ? add_map(name + ":pre", groups, size) : own;
    return outlet;
  }

  void rectify(const Rectification& r) {
    forward(r.name + " relu fprop", ReluFpropOp{r.linear, r.rectified});
  }

  /// Adds the gradient of the ReLUs' outputs, complete and masked, to that of their inputs.
  void pass_back(const Rectification& r) {
    add_gradient(r.name + " relu bprop", gradient(r.rectified), gradient(r.linear));
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
      backward(name + " bprop",
               MaxPoolBpropOp{x.slice, dy, dx, argmax, request_.pool_gradient, window, accumulates(dx)});
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
    place_branches(name, module, x.size);
    // The pool comes first so that, on the way back, it is the last to add to the gradient of x and masks it
    // too.
    if (module[kPoolReduce].computed() || is_target(name + "_pool", false))
      add_pool_branch(name, module[kPoolReduce], x);
    add_merged_1x1(name, module, x);
    add_bottleneck_relus(name, module);
    add_spatial(name, module, k3x3, kBottleneck3, x);
    add_spatial(name, module, k5x5, kBottleneck5, x);
    return finish_module(name, module, x);
  }

  static std::string part_name(const std::string& module, std::size_t part) {
    return module + "_" + kPartNames[part];
  }

  /// Which filters of each convolution are needed, and on which side of its ReLU: all, after it, where a
  /// later stage reads the module, else those that targets ask for; a bottleneck in full where its
  /// convolution is needed.
  void select_branches(const std::string& name, Module& module) const {
    int total = 0;
    for (std::size_t i = k1x1; i < kParts; ++i) total += module[i].layer->k;
    int offset = 0;
    for (std::size_t i = 0; i < kParts; ++i) {
      Outlet& outlet = module[i].outlet;
      const int count = module[i].layer->k;
      const bool bottleneck = i < k1x1;
      std::set<int> wanted;
      for (const bool pre : {false, true}) {
        std::set<int> on_this_side;
        collect_channels(part_name(name, i), pre, 0, count, count, on_this_side);
        if (!bottleneck) collect_channels(name, pre, offset, count, total, on_this_side);
        (pre ? outlet.pre : outlet.post) = !on_this_side.empty();
        wanted.merge(on_this_side);
      }
      if (!bottleneck) {
        offset += count;
        if (consumed()) {
          wanted = all_channels(count);
          outlet.post = true;
        }
      }
      if (!wanted.empty()) module[i].outputs = select(wanted, count);
    }
    for (const auto& [bottleneck, conv] : {std::pair{kBottleneck3, k3x3}, std::pair{kBottleneck5, k5x5}}) {
      if (!module[conv].computed()) continue;
      module[bottleneck].outputs = ChannelMap::range(0, module[bottleneck].layer->k);
      module[bottleneck].outlet.post = true;
    }
  }

  static std::set<int> all_channels(int count) {
    std::set<int> all;
    for (int c = 0; c < count; ++c) all.insert(all.end(), c);
    return all;
  }

  /// Puts the branches into one buffer; as they are before their ReLU into another where one is wanted on both
  /// sides of it, and where the module has both kinds of output, for a target of the module takes either in
  /// one piece.
  void place_branches(const std::string& name, Module& module, MapSize size) {
    const auto outputs = std::next(module.begin(), k1x1);
    const bool apart =
        std::any_of(module.begin(), module.end(), [](const Branch& b) { return b.outlet.both(); }) ||
        (std::any_of(outputs, module.end(), [](const Branch& b) { return b.outlet.pre; }) &&
         std::any_of(outputs, module.end(), [](const Branch& b) { return b.outlet.post; }));
    int groups = 0;
    int linear_groups = 0;
    for (Branch& branch : module) {
      Outlet& outlet = branch.outlet;
      const int width = branch.outputs.groups();
      const auto place = [width](int& end) {
        end += width;
        return Slice{-1, end - width, width};
      };
      if (outlet.post) outlet.rectified = place(groups);
      if (outlet.pre) outlet.linear = place(apart ? linear_groups : groups);
    }
    const int buffer = groups > 0 ? add_buffer(name, BufferKind::activation, groups, size) : -1;
    const int linear =
        apart ? add_buffer(name + ":pre", BufferKind::activation, linear_groups, size) : buffer;
    for (Branch& branch : module) {
      branch.outlet.rectified.buffer = branch.outlet.post ? buffer : -1;
      branch.outlet.linear.buffer = branch.outlet.pre ? linear : -1;
    }
  }

  /// The convolutions that read the module's input, merged; those that write into one buffer next to each
  /// other, all with or all without a ReLU.
  void add_merged_1x1(const std::string& name, const Module& module, const Map& x) {
    std::size_t i = kBottleneck3;
    while (i <= k1x1) {
      std::vector<FilterPart> parts;
      std::vector<Slice> bottlenecks;
      std::string merged;
      Slice y;
      bool relu = true;
      for (; i <= k1x1; ++i) {
        const Branch& branch = module[i];
        if (!branch.computed()) continue;
        const Slice& written = branch.outlet.written();
        if (parts.empty()) {
          relu = !branch.outlet.pre;
          y = {written.buffer, written.first, 0};
        } else if (relu == branch.outlet.pre || !follows(y, written)) {
          break;
        }
        parts.push_back({branch.layer, branch.outputs});
        y.groups += written.groups;
        merged += (merged.empty() ? name + "_" : "+") + std::string(kPartNames[i]);
        if (i < k1x1 && relu) bottlenecks.push_back(written);
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
                   const Map& x) {
    const Branch& branch = module[part];
    if (!branch.computed()) return;
    const std::string name = part_name(module_name, part);
    Map input = x;
    input.slice = module[bottleneck].outlet.rectified;
    input.channels = module[bottleneck].outputs;
    const int conv = add_conv(name, {{branch.layer, branch.outputs}}, input,
                              conv_window(branch.layer->size, 1, x.size), x.size, !branch.outlet.pre);
    const Slice y = branch.outlet.written();
    forward(name + " fprop", ConvFpropOp{conv, input.slice, y});
    on_backward([this, name, conv, y, input] { conv_dgrad(name, conv, y, input.slice); });
  }

  void add_pool_branch(const std::string& module_name, const Branch& branch, const Map& x) {
    const std::string pool_name = module_name + "_pool";
    const Map pooled = add_max_pool(pool_name, {StageKind::max_pool, "", 3, 1}, x);
    add_targets(pool_name, false, pooled, pooled.logical);
    if (!branch.computed()) return;
    const std::string name = part_name(module_name, kPoolReduce);
    const int conv =
        add_conv(name, {{branch.layer, branch.outputs}}, pooled, Window{}, x.size, !branch.outlet.pre);
    const Slice y = branch.outlet.written();
    forward(name + " fprop", ConvFpropOp{conv, pooled.slice, y});
    on_backward([this, name, conv, y, pooled] { conv_dgrad(name, conv, y, pooled.slice); });
  }

  /// The ReLUs of a module's parts [first, end) that are operations of their own; neighbours in both buffers
  /// as one.
  static std::vector<Rectification> rectifications(const std::string& name, const Module& module,
                                                   std::size_t first, std::size_t end) {
    std::vector<Rectification> found;
    for (std::size_t i = first; i < end; ++i) {
      const Outlet& outlet = module[i].outlet;
      if (!outlet.both()) continue;
      if (found.empty() || !follows(found.back().linear, outlet.linear) ||
          !follows(found.back().rectified, outlet.rectified)) {
        found.push_back({part_name(name, i), outlet.linear, outlet.rectified, {}});
      } else {
        found.back().name += "+" + std::string(kPartNames[i]);
        found.back().linear.groups += outlet.linear.groups;
        found.back().rectified.groups += outlet.rectified.groups;
      }
      found.back().relus.push_back(outlet.rectified);
    }
    return found;
  }

  void add_bottleneck_relus(const std::string& name, const Module& module) {
    for (const Rectification& r : rectifications(name, module, kBottleneck3, k1x1)) {
      rectify(r);
      on_backward([this, r] {
        finish_gradient(r.name, r.relus);
        pass_back(r);
      });
    }
  }

  /// The concatenation of the branches before or after their ReLUs, as far as they are wanted.
  static Map concatenation(const Module& module, MapSize size, bool pre) {
    Map y;
    y.size = size;
    for (std::size_t i = k1x1; i < kParts; ++i) {
      const Outlet& outlet = module[i].outlet;
      if (pre ? outlet.pre : outlet.post) {
        const Slice& part = pre ? outlet.linear : outlet.rectified;
        if (y.slice.groups == 0) y.slice = {part.buffer, part.first, 0};
        y.slice.groups += part.groups;
        y.channels.append(module[i].outputs, y.logical);
        if (!pre) y.relus.push_back(part);
      }
      y.logical += module[i].layer->k;
    }
    return y;
  }

  /// The module's output, and the targets of the module and its convolutions.
  Map finish_module(const std::string& name, const Module& module, const Map& x) {
    const Map y = concatenation(module, x.size, false);
    const std::vector<Rectification> own_relus = rectifications(name, module, k1x1, kParts);
    for (const Rectification& r : own_relus) rectify(r);
    on_backward([this, name, y, own_relus] {
      add_objectives(y.slice);
      finish_gradient(name, y.relus);
      for (const Rectification& r : own_relus) pass_back(r);
    });
    for (const bool pre : {false, true}) {
      for (std::size_t i = 0; i < kParts; ++i) {
        Map part;
        part.size = x.size;
        part.slice = pre ? module[i].outlet.linear : module[i].outlet.rectified;
        part.channels = module[i].outputs;
        add_targets(part_name(name, i), pre, part, module[i].layer->k);
      }
      const Map whole = concatenation(module, x.size, pre);
      add_targets(name, pre, whole, whole.logical);
    }
    return y;
  }

  // ---- Targets and backward -------------------------------------------------------------------------------

  void add_targets(const std::string& layer, bool pre_relu, const Map& map, int logical) {
    for (const TargetRequest& t : request_.targets) {
      if (t.layer != layer || t.pre_relu != pre_relu) continue;
      for (const int c : t.channels) {
        if (c < 0 || c >= logical) {
          fail_usage("{} has no channel {}: channels are 0 to {}", layer, c, logical - 1);
        }
      }
      plan_.targets.push_back(
          {layer, pre_relu, map.slice, {}, map.channels, logical, map.size.h, map.size.w, t.terms});
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

  /// Adds the gradient `dy` to `dx`, which holds something already.
  void add_gradient(const std::string& name, const Slice& dy, const Slice& dx) {
    if (!accumulates(dx)) fail_runtime("plan: '{}' has nothing to add to", name);
    backward(name, AddGradientOp{dy, dx});
  }

  /// Whether the objective on target `i` cannot write where the gradient of its values is: they are among
  /// another target's or those that a stage reads, and either writes its whole gradient; or they are another
  /// target's too, and that comes first.
  bool shares_values(std::size_t i) const {
    const Slice& own = plan_.targets[i].value;
    for (std::size_t j = 0; j < plan_.targets.size(); ++j) {
      const Slice& other = plan_.targets[j].value;
      if (i != j && contains(other, own) && (j < i || !contains(own, other))) return true;
    }
    return std::any_of(read_.begin(), read_.end(),
                       [&](const Slice& read) { return contains(read, own) && !contains(own, read); });
  }

  /// Adds the gradients of objectives on parts of `map` that are not there yet.
  void add_objectives(const Slice& map) {
    for (std::size_t i = 0; i < plan_.targets.size(); ++i) {
      const PlanTarget& target = plan_.targets[i];
      if (!apart_.contains(i) || !contains(map, target.value)) continue;
      add_gradient(target_name(target) + " objective sum", target.gradient, gradient(target.value));
      apart_.erase(i);
    }
  }

  /// Name of a target among the operations.
  std::string target_name(const PlanTarget& target) const {
    return target.layer + (target.pre_relu && is_target(target.layer, false) ? ":pre" : "");
  }

  void add_backward() {
    for (std::size_t i = 0; i < plan_.targets.size(); ++i) {
      PlanTarget& target = plan_.targets[i];
      const std::string name = target_name(target);
      const auto same = [&](const PlanTarget& t) {
        return t.layer == target.layer && t.pre_relu == target.pre_relu;
      };
      if (std::count_if(plan_.targets.begin(), plan_.targets.end(), same) > 1) {
        fail_usage("{} is a target twice", target.layer);
      }
      if (shares_values(i)) {
        apart_.insert(i);
        const int buffer = add_buffer("d " + name + " objective", BufferKind::gradient, target.value.groups,
                                      {target.h, target.w});
        target.gradient = {buffer, 0, target.value.groups};
      } else {
        target.gradient = gradient(target.value);
        if (accumulates(target.gradient)) fail_runtime("plan: {} meets another target", name);
      }
      const int index = static_cast<int>(i);
      backward(name + " objective", SeedOp{index});
      if (target.terms.caricatures > 0) backward(name + " caricature", CaricatureSeedOp{index});
      if (target.terms.grams > 0) backward(name + " gram matrices", GramSeedOp{index});
    }
    // Before the ReLUs that other operations mask as they write.
    for (std::size_t i = 0; i < plan_.targets.size(); ++i) {
      if (!shares_values(i)) add_objectives(plan_.targets[i].value);
    }
    std::for_each(backward_.rbegin(), backward_.rend(), [](const auto& emit) { emit(); });
  }

  const Model& model_;
  const PlanRequest& request_;
  Plan plan_;
  int deepest_ = -1;
  int stage_ = 0;
  std::vector<Slice> read_;  ///< What stages read.
  std::vector<std::function<void()>> backward_;
  std::set<std::size_t> apart_;               ///< Targets whose gradient is still to be added to another.
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
