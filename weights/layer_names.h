// What InceptionV1's layers are called: by limpid, and by the programs people come from.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "weights/topology.h"

namespace limpid {

/// The name of a layer's tensors in lucent's state dict: "mixed4a_3x3_bottleneck_pre_relu_conv".
std::string lucent_name(const LayerSpec& spec);

/// In captum's: "mixed4a.conv_3x3_reduce".
std::string captum_name(const LayerSpec& spec);

/// In torchvision's: "inception4a.branch2.0".
std::string torchvision_name(const LayerSpec& spec);

/// A layer as a user names it.
struct NamedLayer {
  std::string layer;      ///< Canonical.
  bool pre_relu = false;  ///< The name is that of the values before its ReLU: "mixed4a_pre_relu".
};

/// Another name of a layer.
struct LayerAlias {
  std::string name;
  NamedLayer meaning;
};

/// Every alias, grouped as the tables of layer_names.cpp are. Canonical names are lucid's: the 57
/// convolutions, the modules (mixed4a), their pools (mixed4a_pool), maxpool0, localresponsenorm0,
/// localresponsenorm1, maxpool1, maxpool4, maxpool10, avgpool0, logits and softmax. Aliases are
///
///  - Caffe's: "inception_4a/3x3_reduce", "inception_4a/output", "inception_4a", "pool1/norm1", "prob";
///  - TensorFlow's, lucid's and lucent's: "mixed4a_pre_relu", "mixed4a_3x3_pre_relu/conv",
///    "softmax2_pre_activation", "labels";
///  - captum's: "mixed4a.conv_1x1" (before the ReLU, which is a layer of its own there), "conv1_relu";
///  - torchvision's: "inception4a", "inception4a.branch1", "inception4a.branch2.0", "maxpool3", "fc". Where
///    captum's "conv1" is another value, torchvision's counts.
const std::vector<LayerAlias>& layer_aliases();

/// What a canonical name or an alias means, whatever its case, and with '/', '.' and '_' for each other;
/// nothing for a name nobody knows.
std::optional<NamedLayer> find_layer(std::string_view name);

/// For "did you mean", where `find_layer` knows no such name: "mixed4a:11" for a layer and a channel that are
/// joined otherwise ("mixed4a/11", "mixed4a[11]", "mixed4a 11"), else the canonical name or alias that is
/// nearest in edit distance.
std::string nearest_layer(std::string_view name);

}  // namespace limpid
