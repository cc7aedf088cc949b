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

using NameOf = std::string (*)(const LayerSpec&);

ConvLayer plain_layer(const LayerSpec& spec, const std::string& name, NamedTensors& tensors,
                      LayerShapes& shapes, const std::string&) {
  const NamedTensor filter = tensors.expect({name + ".weight"}, spec.name);
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

constexpr std::array<Naming, 4> kNamings = {{
    {"limpid's", "conv2d0.weight", "", canonical_name, plain_layer},
    {"lucent's", "conv2d0_pre_relu_conv.weight", "inception5h", lucent_name, plain_layer},
    {"captum's", "mixed3a.conv_1x1.weight", "inception5h", captum_name, plain_layer},
    {"torchvision's", "conv1.conv.weight", "torchvision_googlenet", torchvision_name, torchvision_layer},
}};

const Naming& recognise(const NamedTensors& tensors, const std::string& origin) {
  const auto found = std::find_if(kNamings.begin(), kNamings.end(),
                                  [&](const Naming& naming) { return tensors.has(naming.sign); });
  if (found != kNamings.end()) return *found;
  std::string known;
  for (const Naming& naming : kNamings) {
    known += fmt::format("{}{} ({})", known.empty() ? "" : ", ", naming.sign, naming.whose);
  }
  fail_input("{}: its tensors are named as in no InceptionV1 known here: it has none of {}", origin, known);
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

}  // namespace

Model model_of_state_dict(NamedTensors tensors, const std::string& origin, std::string_view family_name,
                          const std::optional<Model>& rules, ImportReport* report) {
  const Naming& naming = recognise(tensors, origin);
  if (!family_name.empty() && (rules || !naming.family.empty())) {
    fail_usage("{}: it says itself which family it is; leave out --family", origin);
  }
  std::vector<ConvLayer> layers;
  LayerShapes shapes(origin);
  for (const LayerSpec& spec : inception_layers()) {
    layers.push_back(naming.layer_of(spec, naming.name_of(spec), tensors, shapes, origin));
  }
  const std::vector<std::string> unused = take_unused(tensors);
  tensors.expect_none_left();
  if (report != nullptr) report->unused = unused;

  const bool is_exported = rules && naming.family.empty();
  Model model = is_exported              ? *rules
                : !naming.family.empty() ? empty_model(family(naming.family))
                                         : empty_model(choose_family(family_name, layers, origin));
  model.layers = std::move(layers);
  validate(model, origin);
  return model;
}

}  // namespace limpid
