#include "weights/inception_v1.h"

#include <fmt/format.h>

#include <utility>

#include "weights/inception_modules.h"

namespace limpid {
namespace {

using Names = std::vector<std::string>;

class Builder {
 public:
  explicit Builder(const InceptionRules& rules) : rules_(rules) { add("input", {}, PictureNode{}, {}); }

  Network build() {
    ValueId x = convolution("conv2d0", "conv1/7x7_s2", 7, 0, 2);
    x = large_pool("maxpool0", "pool1/3x3_s2", x);
    x = normalisation("localresponsenorm0", "pool1/norm1", x);
    x = convolution("conv2d1", "conv2/3x3_reduce", 1, x);
    x = convolution("conv2d2", "conv2/3x3", 3, x);
    x = normalisation("localresponsenorm1", "conv2/norm2", x);
    x = large_pool("maxpool1", "pool2/3x3_s2", x);
    for (const std::string_view name : kModules) {
      if (name == "mixed4a") x = large_pool("maxpool4", "pool3/3x3_s2", x);
      if (name == "mixed5a") x = large_pool("maxpool10", "pool4/3x3_s2", x);
      x = module(std::string(name), x);
    }
    x = add("avgpool0", {"pool5/7x7_s1"}, AveragePoolNode{}, {x});
    network_.logits = add("logits", {"loss3/classifier", "softmax2_pre_activation"},
                          ConvNode{"logits", 1, 1, rules_.padding}, {x});
    add("softmax", {"prob", "softmax2"}, SoftmaxNode{}, {network_.logits});
    return std::move(network_);
  }

 private:
  ValueId add(std::string name, Names aliases, AnyNode op, std::vector<ValueId> inputs) {
    network_.nodes.push_back({std::move(name), std::move(aliases), std::move(op), std::move(inputs)});
    return network_.size() - 1;
  }

  /// With its ReLU.
  ValueId convolution(const std::string& name, std::string caffe, int size, ValueId x, int stride = 1) {
    const ValueId linear = add("", {}, ConvNode{name, size, stride, rules_.padding}, {x});
    return add(name, {std::move(caffe)}, ReluNode{}, {linear});
  }

  ValueId large_pool(std::string name, std::string caffe, ValueId x) {
    const int size = rules_.pool_sizes[pools_++];
    return add(std::move(name), {std::move(caffe)}, MaxPoolNode{size, 2, rules_.padding}, {x});
  }

  ValueId normalisation(std::string name, std::string caffe, ValueId x) {
    const AnyNode op = rules_.lrn.present ? AnyNode(LrnNode{rules_.lrn}) : AnyNode(PassNode{});
    return add(std::move(name), {std::move(caffe)}, op, {x});
  }

  /// Four branches, one behind the other in the order of `kBranches`.
  ValueId module(const std::string& name, ValueId x) {
    const std::string caffe = fmt::format("inception_{}/", name.substr(std::string_view("mixed").size()));
    const auto branch = [&](const char* part, const char* caffe_part, int size, ValueId from) {
      return convolution(fmt::format("{}_{}", name, part), caffe + caffe_part, size, from);
    };
    const ValueId b1 = branch("1x1", "1x1", 1, x);
    const ValueId b3 = branch("3x3", "3x3", 3, branch("3x3_bottleneck", "3x3_reduce", 1, x));
    const ValueId b5 = branch("5x5", "5x5", 5, branch("5x5_bottleneck", "5x5_reduce", 1, x));
    const ValueId pool = add(name + "_pool", {caffe + "pool"}, MaxPoolNode{3, 1, rules_.padding}, {x});
    const ValueId projected = branch("pool_reduce", "pool_proj", 1, pool);
    return add(name, {caffe + "output"}, ConcatNode{}, {b1, b3, b5, projected});
  }

  const InceptionRules& rules_;
  std::size_t pools_ = 0;
  Network network_;
};

}  // namespace

Network inception_v1(const InceptionRules& rules) {
  return Builder(rules).build();
}

InceptionRules rules_of(const Network& network) {
  InceptionRules rules;
  std::size_t pools = 0;
  for (ValueId id = network.size() - 1; id >= 0; --id) {
    if (const auto* conv = network.as<ConvNode>(id)) rules.padding = conv->padding;
    if (const auto* lrn = network.as<LrnNode>(id)) rules.lrn = lrn->rule;
  }
  for (const Node& node : network.nodes) {
    const auto* pool = std::get_if<MaxPoolNode>(&node.op);
    if (pool != nullptr && pool->stride == 2 && pools < rules.pool_sizes.size()) {
      rules.pool_sizes[pools++] = pool->size;
    }
  }
  return rules;
}

}  // namespace limpid
