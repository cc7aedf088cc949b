#include "weights/state_dict.h"

#include <algorithm>
#include <array>
#include <functional>
#include <utility>
#include <vector>

#include "kernels/core/error.h"
#include "weights/families.h"
#include "weights/layer_names.h"
#include "weights/layer_shapes.h"
#include "weights/torchvision_layer.h"
#include "weights/validate.h"

namespace limpid {
namespace {

std::string canonical_name(const LayerSpec& spec) {
  return spec.name;
}

std::string caffe_name(const LayerSpec& spec) {
  return spec.caffe;
}

/// As converters from Caffe write it, since PyTorch's names hold no slash.
std::string caffe_identifier(const LayerSpec& spec) {
  std::string name = spec.caffe;
  std::replace(name.begin(), name.end(), '/', '_');
  return name;
}

using NameOf = std::string (*)(const LayerSpec&);

ConvLayer plain_layer(const LayerSpec& spec, const std::string& name, NamedTensors& tensors,
                      LayerShapes& shapes, const std::string&) {
  const FileTensor filter = tensors.expect({name + ".weight"}, spec.name);
  return make_layer(spec, filter, tensors.expect({name + ".bias"}, spec.name), shapes);
}

/// A way to name the layers, and what follows from it.
struct Naming {
  std::string_view whose;
  std::string_view sign;    ///< A tensor that only this naming has.
  std::string_view family;  ///< Empty: the names do not say.
  NameOf name_of;
  decltype(&plain_layer) layer_of;
};

constexpr std::array<Naming, 6> kNamings = {{
    {"limpid's", "conv2d0.weight", "", canonical_name, plain_layer},
    {"lucent's", "conv2d0_pre_relu_conv.weight", "inception5h", lucent_name, plain_layer},
    {"captum's", "mixed3a.conv_1x1.weight", "inception5h", captum_name, plain_layer},
    {"torchvision's", "conv1.conv.weight", "torchvision_googlenet", torchvision_name, torchvision_layer},
    {"Caffe's", "conv1/7x7_s2.weight", "bvlc_googlenet", caffe_name, plain_layer},
    {"Caffe's in PyTorch", "conv1_7x7_s2.weight", "bvlc_googlenet", caffe_identifier, plain_layer},
}};

/// The family of torchvision's names where no layer has a batch normalisation.
constexpr std::string_view kPlainFamily = "plain_googlenet";

/// Takes out what DataParallel and torch.compile put into names, wherever they were wrapped around.
std::string unwrapped(std::string name) {
  for (const std::string_view wrapper : {"_orig_mod.", "module."}) {
    for (std::size_t at = name.find(wrapper); at != std::string::npos; at = name.find(wrapper, at)) {
      const bool is_part = at == 0 || name[at - 1] == '.';
      is_part ? name.erase(at, wrapper.size()) : std::string();
      if (!is_part) ++at;
    }
  }
  return name;
}

/// What stands before the naming's sign, in every tensor that ends in it: "", "backbone.".
std::vector<std::string> prefixes_of(const Naming& naming, const std::vector<std::string>& names) {
  std::vector<std::string> prefixes;
  for (const std::string& name : names) {
    if (!name.ends_with(naming.sign)) continue;
    std::string prefix = name.substr(0, name.size() - naming.sign.size());
    if (prefix.empty() || prefix.ends_with('.')) prefixes.push_back(std::move(prefix));
  }
  return prefixes;
}

/// Finds whose names the tensors have, and takes off what a program put before them.
const Naming& recognise(NamedTensors& tensors, const std::string& origin) {
  tensors.rename_all(unwrapped);
  const std::vector<std::string> names = tensors.names();
  for (const Naming& naming : kNamings) {
    const std::vector<std::string> prefixes = prefixes_of(naming, names);
    if (prefixes.empty()) continue;
    // The network itself comes before any that stands inside it; names are sorted, so "" would be the first.
    if (prefixes.size() > 1 && !tensors.has(naming.sign)) {
      fail_input("{}: it holds several networks, under '{}' and '{}': save one of them", origin, prefixes[0],
                 prefixes[1]);
    }
    const std::string prefix = tensors.has(naming.sign) ? "" : prefixes.front();
    tensors.rename_all([&](const std::string& name) {
      return name.starts_with(prefix) ? name.substr(prefix.size()) : name;
    });
    return naming;
  }
  std::string known;
  for (const Naming& naming : kNamings) {
    known += fmt::format("{}{} ({})", known.empty() ? "" : ", ", naming.sign, naming.whose);
  }
  fail_input("{}: its tensors are named as in no InceptionV1 known here: it has none of {}", origin, known);
}

/// The names of pairs of tensors, weight and bias, that could be a classifier of `c` channels.
std::vector<std::string> classifiers(const NamedTensors& tensors, std::uint64_t c) {
  constexpr std::string_view suffix = ".weight";
  std::vector<std::string> found;
  for (const std::string& name : tensors.names()) {
    if (!name.ends_with(suffix)) continue;
    const std::string stem = name.substr(0, name.size() - suffix.size());
    const std::vector<std::uint64_t>& shape = tensors.find(name)->shape;
    const FileTensor* bias = tensors.find(stem + ".bias");
    const bool is_matrix = shape.size() == 2 || (shape.size() == 4 && shape[2] == 1 && shape[3] == 1);
    if (!is_matrix || shape[1] != c || bias == nullptr) continue;
    if (bias->shape == std::vector<std::uint64_t>{shape[0]}) found.push_back(stem);
  }
  return found;
}

/// Gives the classifier its expected name where a program that tuned the network gave it another: the one left
/// that fits. Tells so in `assumed`.
void rename_classifier(NamedTensors& tensors, const std::string& expected, std::uint64_t c,
                       const std::string& origin, std::vector<std::string>& assumed) {
  if (tensors.has(expected + ".weight")) return;
  const std::vector<std::string> found = classifiers(tensors, c);
  if (found.size() > 1) {
    fail_input("{}: tensor '{}.weight' is missing, and both '{}' and '{}' could be the classifier", origin,
               expected, found[0], found[1]);
  }
  if (found.empty()) return;
  assumed.push_back(fmt::format("classifier: '{}'", found[0]));
  tensors.rename_all([&](const std::string& name) {
    for (const char* part : {".weight", ".bias"}) {
      if (name == found[0] + part) return expected + part;
    }
    return name;
  });
}

/// Tensors that inference has no use for, as one line for each kind.
std::vector<std::string> take_unused(NamedTensors& tensors) {
  std::vector<std::string> lines;
  const auto take = [&](const char* kind, const std::function<bool(std::string_view)>& is_of_kind) {
    const std::size_t count = tensors.take_if(is_of_kind).size();
    if (count > 0) lines.push_back(fmt::format("{} ({})", kind, count));
  };
  take("aux1.*", [](std::string_view name) { return name.starts_with("aux1."); });
  take("aux2.*", [](std::string_view name) { return name.starts_with("aux2."); });
  take("*.num_batches_tracked", [](std::string_view name) { return name.ends_with(".num_batches_tracked"); });
  return lines;
}

/// The family that the names stand for; empty where they stand for none.
std::string_view family_of_names(const Naming& naming, const NamedTensors& tensors) {
  const bool is_plain = naming.layer_of == torchvision_layer && !tensors.has("conv1.bn.weight");
  return is_plain ? kPlainFamily : naming.family;
}

}  // namespace

bool has_layer_names(const NamedTensors& tensors) {
  const std::vector<std::string> names = tensors.names();
  return std::any_of(kNamings.begin(), kNamings.end(), [&](const Naming& naming) {
    return std::any_of(names.begin(), names.end(),
                       [&](const std::string& name) { return unwrapped(name).ends_with(naming.sign); });
  });
}

Model model_of_state_dict(NamedTensors tensors, const std::string& origin, std::string_view family_name,
                          const std::optional<Model>& rules, ImportReport* report) {
  const Naming& naming = recognise(tensors, origin);
  const std::string_view implied = family_of_names(naming, tensors);
  if (!family_name.empty() && (rules || !implied.empty())) {
    fail_usage("{}: it says itself which family it is; leave out --family", origin);
  }
  ImportReport told;
  std::vector<ConvLayer> layers;
  LayerShapes shapes(origin);
  for (const LayerSpec& spec : inception_layers()) {
    const std::string name = naming.name_of(spec);
    if (spec.is_classifier) {
      told.unused = take_unused(tensors);
      rename_classifier(tensors, name, shapes.input_channels(spec), origin, told.assumed);
    }
    layers.push_back(naming.layer_of(spec, name, tensors, shapes, origin));
  }
  tensors.expect_none_left();

  const bool is_exported = rules && implied.empty();
  const Family* chosen = is_exported        ? nullptr
                         : !implied.empty() ? &family(implied)
                                            : &choose_family(family_name, layers, origin);
  Model model = is_exported ? *rules : empty_model(*chosen);
  model.layers = std::move(layers);
  validate(model, origin);
  if (chosen != nullptr) tell_family(*chosen, told);
  if (chosen != nullptr && chosen->name == "torchvision_googlenet") {
    told.assumed.push_back("0.001 as batch normalisation's epsilon");
  }
  if (report != nullptr) *report = std::move(told);
  return model;
}

}  // namespace limpid
