#include "weights/layer_names.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <utility>

#include "weights/edit_distance.h"
#include "weights/inception_v1.h"

namespace limpid {
namespace {

using NamePair = std::pair<std::string_view, std::string_view>;

constexpr std::string_view kModule = "mixed";

/// How a convolution's canonical name ends, and how captum's and torchvision's names end instead.
constexpr std::array<NamePair, 10> kCaptumNames = {{
    {"conv2d0", "conv1"},
    {"conv2d1", "conv2"},
    {"conv2d2", "conv3"},
    {"logits", "fc"},
    {"_1x1", ".conv_1x1"},
    {"_3x3_bottleneck", ".conv_3x3_reduce"},
    {"_3x3", ".conv_3x3"},
    {"_5x5_bottleneck", ".conv_5x5_reduce"},
    {"_5x5", ".conv_5x5"},
    {"_pool_reduce", ".pool_proj"},
}};
constexpr std::array<NamePair, 10> kTorchvisionNames = {{
    {"conv2d0", "conv1"},
    {"conv2d1", "conv2"},
    {"conv2d2", "conv3"},
    {"logits", "fc"},
    {"_1x1", ".branch1"},
    {"_3x3_bottleneck", ".branch2.0"},
    {"_3x3", ".branch2.1"},
    {"_5x5_bottleneck", ".branch3.0"},
    {"_5x5", ".branch3.1"},
    {"_pool_reduce", ".branch4.1"},
}};

/// What stands once in the network, as others than BVLC call it: the canonical name, then the alias.
constexpr std::array<NamePair, 13> kSingleAliases = {{
    // TensorFlow's, lucid's and lucent's.
    {"logits", "softmax2_pre_activation_matmul"},
    {"softmax", "output2"},
    {"softmax", "labels"},
    // captum's.
    {"conv2d0", "conv1_relu"},
    {"conv2d1", "conv2_relu"},
    {"conv2d2", "conv3_relu"},
    {"maxpool0", "pool1"},
    {"maxpool1", "pool2"},
    {"maxpool4", "pool3"},
    {"maxpool10", "pool4"},
    {"localresponsenorm0", "local_response_norm1"},
    {"localresponsenorm1", "local_response_norm2"},
    // torchvision's; but for its pools, which are numbered 1 to 4, while "maxpool1" and "maxpool4" are others
    // in lucid.
    {"avgpool0", "avgpool"},
}};

/// Names, which all members of the family share.
const Network& network() {
  static const Network shared = inception_v1({});
  return shared;
}

std::string renamed(const LayerSpec& spec, const std::array<NamePair, 10>& endings, std::string_view module) {
  const std::string_view name = spec.name;
  const auto found = std::find_if(endings.begin(), endings.end(),
                                  [&](const NamePair& pair) { return name.ends_with(pair.first); });
  if (!name.starts_with(kModule)) return std::string(found->second);
  const std::string_view which =
      name.substr(kModule.size(), name.size() - kModule.size() - found->first.size());
  return fmt::format("{}{}{}", module, which, found->second);
}

/// The names that the network itself has for its layers: BVLC's, and lucid's of its ends.
void add_own(std::vector<LayerAlias>& aliases) {
  for (const Node& node : network().nodes) {
    for (const std::string& alias : node.aliases) aliases.push_back({alias, {node.name, false}});
  }
}

/// Others of the convolutions and of the classifier.
void add_layers(std::vector<LayerAlias>& aliases) {
  for (const LayerSpec& spec : inception_layers()) {
    const auto add = [&](std::string name, bool pre_relu) {
      aliases.push_back({std::move(name), {spec.name, pre_relu}});
    };
    add(torchvision_name(spec), false);
    if (spec.is_classifier) continue;
    add(torchvision_name(spec) + ".bn", true);
    add(spec.name + "_pre_relu", true);
    add(lucent_name(spec), true);
    if (spec.name.starts_with(kModule)) add(captum_name(spec), true);
  }
}

/// Others of the modules, their pools, and the outputs of torchvision's branches of two steps.
void add_modules(std::vector<LayerAlias>& aliases) {
  for (const std::string_view module : kModules) {
    const std::string name(module);
    const std::string_view which = module.substr(kModule.size());
    const auto add = [&](std::string alias, const std::string& layer, bool pre_relu) {
      aliases.push_back({std::move(alias), {layer, pre_relu}});
    };
    add(fmt::format("inception_{}", which), name, false);
    add(fmt::format("inception{}", which), name, false);
    add(name + "_pre_relu", name, true);
    add(fmt::format("inception{}.branch4.0", which), name + "_pool", false);
    constexpr std::array<NamePair, 3> branches = {
        {{"branch2", "3x3"}, {"branch3", "5x5"}, {"branch4", "pool_reduce"}}};
    for (const auto& [branch, part] : branches) {
      add(fmt::format("inception{}.{}", which, branch), fmt::format("{}_{}", name, part), false);
    }
  }
}

std::vector<LayerAlias> make_aliases() {
  std::vector<LayerAlias> aliases;
  add_own(aliases);
  add_layers(aliases);
  add_modules(aliases);
  for (const auto& [layer, alias] : kSingleAliases) {
    aliases.push_back({std::string(alias), {std::string(layer), false}});
  }
  return aliases;
}

/// In lower case, with one separator.
std::string folded_name(std::string_view name) {
  std::string result(name);
  for (char& c : result) {
    c = lower_case(c);
    if (c == '/' || c == '.') c = '_';
  }
  return result;
}

/// In forward order.
std::vector<std::string> canonical_names() {
  std::vector<std::string> names;
  for (ValueId id = 1; id < network().size(); ++id) {
    if (const std::string& name = network().node(id).name; !name.empty()) names.push_back(name);
  }
  return names;
}

const std::map<std::string, NamedLayer, std::less<>>& meanings() {
  static const auto all = [] {
    std::map<std::string, NamedLayer, std::less<>> result;
    for (const std::string& name : canonical_names())
      result.try_emplace(folded_name(name), NamedLayer{name, false});
    for (const LayerAlias& alias : layer_aliases())
      result.try_emplace(folded_name(alias.name), alias.meaning);
    return result;
  }();
  return all;
}

/// "mixed4a:11" for a layer and a channel with something else between them; empty for any other text.
std::string with_channel(std::string_view text) {
  constexpr std::string_view digits = "0123456789";
  const std::size_t last = text.find_last_of(digits);
  if (last == std::string_view::npos || text.find_first_not_of(" ])}", last + 1) != std::string_view::npos)
    return {};
  const std::size_t before = text.find_last_not_of(digits, last);
  if (before == std::string_view::npos) return {};
  const std::size_t layer_end = text.find_last_not_of(" /[({.,_-#", before);
  if (layer_end == std::string_view::npos || layer_end == before) return {};
  const std::optional<NamedLayer> layer = find_layer(text.substr(0, layer_end + 1));
  if (!layer) return {};
  return fmt::format("{}{}:{}", layer->layer, layer->pre_relu ? ":pre" : "",
                     text.substr(before + 1, last - before));
}

}  // namespace

std::string lucent_name(const LayerSpec& spec) {
  return spec.is_classifier ? "softmax2_pre_activation_matmul" : spec.name + "_pre_relu_conv";
}

std::string captum_name(const LayerSpec& spec) {
  return renamed(spec, kCaptumNames, kModule);
}

std::string torchvision_name(const LayerSpec& spec) {
  return renamed(spec, kTorchvisionNames, "inception");
}

const std::vector<LayerAlias>& layer_aliases() {
  static const std::vector<LayerAlias> aliases = make_aliases();
  return aliases;
}

std::optional<NamedLayer> find_layer(std::string_view name) {
  const auto found = meanings().find(folded_name(name));
  if (found == meanings().end()) return std::nullopt;
  return found->second;
}

std::string nearest_layer(std::string_view name) {
  if (std::string channel = with_channel(name); !channel.empty()) return channel;
  std::vector<std::string> names = canonical_names();
  for (const LayerAlias& alias : layer_aliases()) names.push_back(alias.name);
  const std::string wanted = folded_name(name);
  return *std::min_element(names.begin(), names.end(), [&](const std::string& a, const std::string& b) {
    return edit_distance(wanted, folded_name(a)) < edit_distance(wanted, folded_name(b));
  });
}

}  // namespace limpid
