#include "weights/inception_graph.h"

#include <algorithm>
#include <cstdint>
#include <iterator>
#include <tuple>
#include <utility>

#include "kernels/core/error.h"
#include "weights/layer_shapes.h"
#include "weights/topology.h"

namespace limpid {
namespace {

const char* describe(GraphOp op) {
  switch (op) {
    case GraphOp::input:
      return "the input";
    case GraphOp::pass:
      return "an identity";
    case GraphOp::convolution:
      return "a convolution";
    case GraphOp::bias:
      return "a bias";
    case GraphOp::relu:
      return "a rectifier";
    case GraphOp::max_pool:
      return "a max-pool";
    case GraphOp::lrn:
      return "a normalisation";
    case GraphOp::concat:
      return "a concatenation";
    case GraphOp::average_pool:
      return "the average pool";
    case GraphOp::fully_connected:
      return "the classifier";
    case GraphOp::other:
      return "an operation";
  }
  return "";
}

/// The padding rules that are still possible; each window of the graph leaves those it agrees with.
class PaddingRule {
 public:
  /// Throws Error{input} naming `what` (a file and an operation) where no rule is left.
  void restrict(const GraphWindow& window, int size, bool is_pool, const std::string& what) {
    std::vector<Padding> left;
    std::copy_if(candidates_.begin(), candidates_.end(), std::back_inserter(left),
                 [&](Padding padding) { return agrees(padding, window, size, is_pool); });
    if (left.empty()) {
      const auto& [top, left_pad, bottom, right] = window.pads;
      fail_input(
          "{}: its padding ({}{} {} {} {}{}) is neither TensorFlow's SAME nor Caffe's nor symmetric, as all "
          "others up to here",
          what, window.border == GraphWindow::Border::pads ? "" : "automatic, ", top, left_pad, bottom, right,
          window.ceil ? ", rounded up" : "");
    }
    candidates_ = std::move(left);
  }

  Padding result() const { return candidates_.front(); }

 private:
  static bool agrees(Padding padding, const GraphWindow& window, int size, bool is_pool) {
    if (window.border == GraphWindow::Border::same_upper)
      return window.stride == 1 || padding == Padding::tf_same;
    if (window.border == GraphWindow::Border::other) return false;
    const auto& [top, left, bottom, right] = window.pads;
    if (top != left || bottom != right) return false;
    const int half = (size - 1) / 2;
    // Rounding makes no difference to windows that move by one.
    const bool centred = top == half && bottom == half && (!window.ceil || window.stride == 1);
    if (window.stride == 1) return centred;
    // Maps of the size the network was made for are even, so SAME pads them by size - 2 in all.
    const bool same_when_even = top == (size - 2) / 2 && top + bottom == size - 2 && !window.ceil;
    switch (padding) {
      case Padding::tf_same:
        return same_when_even;
      case Padding::caffe:
        // Before formats could round up, exporters padded after the map so that rounding down does the same.
        if (is_pool)
          return top == 0 && (window.ceil ? bottom == 0 : bottom == size - 2 || bottom == size - 1);
        return centred;
      case Padding::symmetric:
        return centred;
    }
    return false;
  }

  std::vector<Padding> candidates_ = {Padding::tf_same, Padding::caffe, Padding::symmetric};
};

/// Walks a graph from an operation to what it reads.
class Walker {
 public:
  explicit Walker(Graph& graph) : graph_(graph) {}

  InceptionGraph match() {
    // Back from the classifier, so the tensors come in reverse.
    std::string value = classifier();
    for (std::size_t i = kModules.size(); i-- > 0;) {
      value = module(kModules[i], value);
      if (const std::optional<std::size_t> which = pool_before(kModules[i]))
        value = large_pool(value, *which, kModules[i]);
    }
    value = normalisation(value);
    value = convolution(value, "conv2d2", true);
    value = convolution(value, "conv2d1", true);
    value = normalisation(value);
    value = large_pool(value, 0, "conv2d1");
    value = convolution(value, "conv2d0", true);
    const InputPlanes planes = expect(value, GraphOp::input, "conv2d0").planes;
    check_average();
    return {read_layers(), padding_.result(), pool_sizes_, lrn_.value_or(Lrn{}), planes};
  }

 private:
  /// The tensors of a layer, once they are found.
  struct Found {
    FileTensor filter;
    std::optional<FileTensor> bias;
  };

  /// Which pool of stride 2, in the order of `PoolSizes`, stands before the module.
  static std::optional<std::size_t> pool_before(std::string_view module) {
    if (module == "mixed3a") return 1;
    if (module == "mixed4a") return 2;
    if (module == "mixed5a") return 3;
    return std::nullopt;
  }

  /// The operation that makes the value, identities skipped; nullptr where it is a constant or comes from
  /// nowhere.
  const GraphNode* producer(std::string_view value) const {
    // As many steps as there are operations: a damaged graph may run in circles.
    for (std::size_t step = 0; step <= graph_.producers.size(); ++step) {
      const auto found = graph_.producers.find(value);
      if (found == graph_.producers.end()) return nullptr;
      if (found->second.op != GraphOp::pass || found->second.inputs.empty()) return &found->second;
      value = found->second.inputs.front();
    }
    return nullptr;
  }

  bool is(std::string_view value, GraphOp op) const {
    const GraphNode* node = producer(value);
    return node != nullptr && node->op == op;
  }

  const GraphNode& expect(std::string_view value, GraphOp op, std::string_view where) const {
    const GraphNode* node = producer(value);
    if (node == nullptr)
      fail_input("{}: '{}', before {}, is made by no operation", graph_.origin, value, where);
    if (!node->problem.empty()) fail_input("{}", node->problem);
    if (node->op != op || (op != GraphOp::input && node->inputs.empty())) {
      fail_input("{}: operation '{}' ({}) stands before {}, where InceptionV1 has {}", graph_.origin,
                 node->name, node->type, where, describe(op));
    }
    return *node;
  }

  /// The one fully connected layer that reads the average of a concatenation.
  std::string classifier() {
    const GraphNode* last = nullptr;
    for (const auto& [value, node] : graph_.producers) {
      if (node.op != GraphOp::fully_connected || node.inputs.empty() ||
          !is(node.inputs.front(), GraphOp::average_pool)) {
        continue;
      }
      if (last != nullptr) {
        fail_input("{}: both '{}' and '{}' could be the classifier", graph_.origin, last->name, node.name);
      }
      last = &node;
    }
    if (last == nullptr) fail_without_classifier();
    found_["logits"] = {take_filter(*last), take_bias(*last)};
    average_ = &expect(last->inputs.front(), GraphOp::average_pool, "logits");
    return average_->inputs.front();
  }

  /// Names what stands before the fully connected layers there are.
  [[noreturn]] void fail_without_classifier() const {
    std::string found;
    for (const auto& [value, node] : graph_.producers) {
      if (!node.problem.empty()) fail_input("{}", node.problem);
      if (node.op != GraphOp::fully_connected || node.inputs.empty()) continue;
      const GraphNode* before = producer(node.inputs.front());
      found += fmt::format("{}'{}' ({}) reads {}", found.empty() ? "" : ", ", node.name, node.type,
                           before == nullptr ? "a constant or an input"
                                             : fmt::format("'{}' ({})", before->name, before->type));
    }
    if (found.empty())
      fail_input("{}: it has no fully connected layer, which InceptionV1 ends in", graph_.origin);
    fail_input("{}: no fully connected layer reads an average over the map, as InceptionV1's does: {}",
               graph_.origin, found);
  }

  /// Height or width of the map before the average, from that of the input.
  int last_extent(int extent) const {
    // Windows were met from the last to the first.
    for (auto window = strided_.rbegin(); window != strided_.rend(); ++window) {
      const std::int64_t padded = extent + window->pads[0] + window->pads[2] - window->size;
      const std::int64_t steps = window->border == GraphWindow::Border::same_upper
                                     ? (extent - 1) / window->stride
                                     : (padded + (window->ceil ? window->stride - 1 : 0)) / window->stride;
      extent = static_cast<int>(steps) + 1;
    }
    return extent;
  }

  /// Throws Error{input} unless the average is that of the whole map.
  void check_average() const {
    const GraphWindow& window = average_->window;
    if (window.size == 0) return;
    const int height = last_extent(graph_.input_size[0]), width = last_extent(graph_.input_size[1]);
    const auto& [top, left, bottom, right] = window.pads;
    const auto is_mean = [&](int extent, std::int64_t before, std::int64_t after) {
      const std::int64_t beyond = extent + before + after - window.size;
      const bool once = beyond < window.stride && (beyond <= 0 || !window.ceil);
      const bool covers = before < window.size && window.size - before >= extent;
      const bool counts =
          window.counts_padding && (before > 0 || (after > 0 && window.size - before > extent));
      return once && covers && !counts;
    };
    const bool is_padded_by_number = window.border == GraphWindow::Border::pads;
    if (is_padded_by_number && is_mean(height, top, bottom) && is_mean(width, left, right)) return;
    fail_input(
        "{}: operation '{}' ({}) averages over {}x{} at steps of {}, padded {}{} {} {} {}{}: of the {}x{} map before "
        "it, that is not the one mean over the whole map that InceptionV1 has there",
        graph_.origin, average_->name, average_->type, window.size, window.size, window.stride,
        is_padded_by_number ? "" : "automatically, ", top, left, bottom, right,
        window.counts_padding ? " and counting that" : "", height, width);
  }

  /// The convolution named `layer` that makes the value, with its rectifier; returns what it reads. Adds to
  /// it the bias that is an operation of its own.
  std::string convolution(std::string_view value, const std::string& layer, bool rectified) {
    const LayerSpec& spec =
        *std::find_if(inception_layers().begin(), inception_layers().end(),
                      [&](const LayerSpec& candidate) { return candidate.name == layer; });
    if (rectified) value = expect(value, GraphOp::relu, layer).inputs.front();
    std::optional<FileTensor> bias;
    if (is(value, GraphOp::bias)) {
      const GraphNode& node = expect(value, GraphOp::bias, layer);
      value = node.inputs.front();
      bias = take_bias(node, 1);
    }
    const GraphNode& node = expect(value, GraphOp::convolution, layer);
    if (node.window.stride != spec.stride) {
      fail_input("{}: convolution '{}' moves by {}, but {} of InceptionV1 by {}", graph_.origin, node.name,
                 node.window.stride, layer, spec.stride);
    }
    Found found{take_filter(node), std::move(bias)};
    const bool is_small = spec.size == 5 && found.filter.shape.size() == 4 && found.filter.shape[2] == 3;
    padding_.restrict(node.window, is_small ? 3 : spec.size, false,
                      fmt::format("{}: convolution '{}'", graph_.origin, node.name));
    if (node.window.stride != 1) {
      strided_.push_back(node.window);
      strided_.back().size = spec.size;
    }
    if (is_small) found.filter = within_5x5(std::move(found.filter));
    if (!found.bias) found.bias = take_bias(node);
    found_[layer] = std::move(found);
    return node.inputs.front();
  }

  /// The max-pool that makes the value, of 3x3 or, if `may_be_small`, 2x2.
  const GraphNode& pool(std::string_view value, int stride, bool may_be_small, std::string_view where) {
    constexpr int usual = 3;
    constexpr int small = 2;
    const GraphNode& node = expect(value, GraphOp::max_pool, where);
    const int size = node.window.size;
    if ((size != usual && !(may_be_small && size == small)) || node.window.stride != stride) {
      fail_input(
          "{}: max-pool '{}' has windows of {} that move by {}; before {}, InceptionV1 has windows of {} "
          "that move by {}",
          graph_.origin, node.name, size, node.window.stride, where, usual, stride);
    }
    padding_.restrict(node.window, size, true, fmt::format("{}: max-pool '{}'", graph_.origin, node.name));
    return node;
  }

  /// The pool of stride 2 that makes the value, the `which`th of `PoolSizes`; returns what it reads.
  std::string large_pool(std::string_view value, std::size_t which, std::string_view where) {
    const GraphNode& node = pool(value, 2, true, where);
    pool_sizes_[which] = node.window.size;
    strided_.push_back(node.window);
    return node.inputs.front();
  }

  /// The normalisation that makes the value, if one does; returns what it reads.
  std::string normalisation(std::string value) {
    const GraphNode* before = producer(value);
    if (before != nullptr && !before->problem.empty()) fail_input("{}", before->problem);
    const bool present = is(value, GraphOp::lrn);
    if (lrn_ && lrn_->present != present) {
      fail_input("{}: one of the two normalisations of InceptionV1 is there and the other is not",
                 graph_.origin);
    }
    if (!present) {
      lrn_ = Lrn{};
      return value;
    }
    const GraphNode& node = expect(value, GraphOp::lrn, "the normalisation");
    const auto values = [](const Lrn& lrn) { return std::tuple(lrn.radius, lrn.alpha, lrn.beta, lrn.bias); };
    if (lrn_ && values(*lrn_) != values(node.lrn)) {
      fail_input("{}: normalisation '{}' differs from the other one", graph_.origin, node.name);
    }
    lrn_ = node.lrn;
    return node.inputs.front();
  }

  /// The module that makes the value; returns what it reads.
  std::string module(std::string_view name, std::string_view value) {
    // Where the rectifier follows the concatenation, the branches need none.
    const bool rectified_after = is(value, GraphOp::relu);
    if (rectified_after) value = expect(value, GraphOp::relu, name).inputs.front();
    const GraphNode& concat = expect(value, GraphOp::concat, fmt::format("what follows {}", name));
    if (concat.inputs.size() != kBranches.size()) {
      fail_input("{}: concatenation '{}' joins {} maps; {} of InceptionV1 joins {}", graph_.origin,
                 concat.name, concat.inputs.size(), name, kBranches.size());
    }
    const auto layer = [&](std::string_view branch) { return fmt::format("{}_{}", name, branch); };
    const auto last = [&](std::size_t branch) {
      const std::string& output = concat.inputs[branch];
      const bool rectified = !rectified_after || is(output, GraphOp::relu);
      return convolution(output, layer(kBranches[branch]), rectified);
    };
    const std::array<std::string, 4> sources = {
        last(0),
        convolution(last(1), layer("3x3_bottleneck"), true),
        convolution(last(2), layer("5x5_bottleneck"), true),
        pool(last(3), 1, false, layer("pool_reduce")).inputs.front(),
    };
    for (const std::string& source : sources) {
      if (producer(source) != producer(sources[0])) {
        fail_input("{}: the branches of '{}', which is {} in InceptionV1, read different maps", graph_.origin,
                   concat.name, name);
      }
    }
    return sources[0];
  }

  /// The constant a value names, identities skipped.
  FileTensor take_constant(std::string_view value, const GraphNode& reader) {
    for (std::size_t step = 0; step <= graph_.producers.size(); ++step) {
      std::optional<FileTensor> tensor = graph_.constants.take({value});
      if (tensor) return *std::move(tensor);
      const auto found = graph_.producers.find(value);
      if (found == graph_.producers.end() || found->second.op != GraphOp::pass ||
          found->second.inputs.empty())
        break;
      value = found->second.inputs.front();
    }
    fail_input("{}: operation '{}' reads '{}', which is not a constant of the file, or is read twice",
               graph_.origin, reader.name, value);
  }

  FileTensor take_filter(const GraphNode& node) {
    if (node.inputs.size() < 2) fail_input("{}: operation '{}' has no filter", graph_.origin, node.name);
    FileTensor filter = take_constant(node.inputs[1], node);
    // Caffe stored matrices with leading extents of one.
    const std::size_t rank = node.op == GraphOp::convolution ? 4 : 2;
    while (filter.shape.size() > rank && filter.shape.front() == 1) filter.shape.erase(filter.shape.begin());
    return node.inputs_first ? from_hwio(std::move(filter)) : filter;
  }

  /// The bias at that place of a node's inputs; for the classifier, also that of the operation that follows.
  std::optional<FileTensor> take_bias(const GraphNode& node, std::size_t place = 2) {
    if (node.inputs.size() > place) return as_vector(take_constant(node.inputs[place], node));
    if (node.op != GraphOp::fully_connected) return std::nullopt;
    for (const auto& [value, follower] : graph_.producers) {
      if (follower.op == GraphOp::bias && !follower.inputs.empty() &&
          producer(follower.inputs.front()) == &node)
        return take_bias(follower, 1);
    }
    return std::nullopt;
  }

  /// K values, however many extents of one are around them.
  static FileTensor as_vector(FileTensor tensor) {
    std::erase(tensor.shape, std::uint64_t{1});
    if (tensor.shape.empty()) tensor.shape = {1};
    return tensor;
  }

  std::vector<ConvLayer> read_layers() {
    std::vector<ConvLayer> layers;
    LayerShapes shapes(graph_.origin);
    for (const LayerSpec& spec : inception_layers()) {
      Found& found = found_.at(spec.name);
      if (!found.bias) {
        const std::uint64_t k = found.filter.shape.empty() ? 0 : found.filter.shape.front();
        found.bias = FileTensor{"", {k}, [](std::uint64_t count) { return std::vector<float>(count); }};
      }
      layers.push_back(make_layer(spec, found.filter, *found.bias, shapes));
    }
    return layers;
  }

  Graph& graph_;
  PaddingRule padding_;
  PoolSizes pool_sizes_ = kUsualPools;
  std::optional<Lrn> lrn_;
  const GraphNode* average_ = nullptr;
  std::vector<GraphWindow> strided_;  ///< Of the layers that make maps smaller, the last first.
  std::map<std::string, Found, std::less<>> found_;
};

}  // namespace

void Graph::add(const std::string& value, GraphNode node) {
  if (!producers.emplace(value, std::move(node)).second) fail_input("{}: '{}' is made twice", origin, value);
}

InceptionGraph match_inception(Graph& graph) {
  return Walker(graph).match();
}

}  // namespace limpid
