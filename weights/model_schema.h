// The names under which a model's rules are kept: as attributes of the HDF5 file and as fields of the JSON
// text that other formats carry. weights/README.md describes them for readers of the files.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <string_view>
#include <utility>
#include <vector>

#include "weights/append_layer.h"
#include "weights/inception_v1.h"
#include "weights/model.h"
#include "weights/topology.h"

namespace limpid::schema {

/// The latest version of the HDF5 file and of the rules as text. 2 added pool sizes; 3, of the file alone, the nodes of
/// the network; 4 TopK, JumpReLU and what reads values before a ReLU. Written is the least that suffices, so that older
/// readers refuse just what they would misread.
inline constexpr int kVersion = 4;
inline constexpr int kNodesVersion = 3;
inline constexpr int kRulesVersion = 2;

/// The version of the rules of this model.
inline int rules_version_of(const Model& model) {
  return rules_of(model.network).pool_sizes == kUsualPools ? 1 : kRulesVersion;
}

/// The version of a file of this model. Throws Error{input} for nodes that no file may have.
inline int version_of(const Model& model) {
  if (model.layers.size() <= inception_layers().size()) return rules_version_of(model);
  const std::vector<AppendedLayer> appended = appended_layers(model.network, "node");
  return std::any_of(appended.begin(), appended.end(), needs_schema_4) ? kVersion : kNodesVersion;
}

inline constexpr const char* kVersionName = "limpid_schema";
inline constexpr const char* kNetworkName = "network";
inline constexpr const char* kNetwork = "InceptionV1";
inline constexpr const char* kFamily = "family";
inline constexpr const char* kSource = "source";
inline constexpr const char* kSha256 = "sha256";
inline constexpr const char* kLicence = "licence";
inline constexpr const char* kTraining = "training";
inline constexpr const char* kPadding = "padding";
inline constexpr const char* kPoolSizes = "pool_sizes";
inline constexpr const char* kLrn = "lrn";
inline constexpr const char* kLrnRadius = "lrn_radius";
inline constexpr const char* kLrnAlpha = "lrn_alpha";
inline constexpr const char* kLrnBeta = "lrn_beta";
inline constexpr const char* kLrnBias = "lrn_bias";
inline constexpr const char* kInputOrder = "input_order";
inline constexpr const char* kInputScale = "input_scale";
inline constexpr const char* kInputMean = "input_mean";
inline constexpr const char* kInputSize = "input_size";
inline constexpr const char* kClasses = "classes";
inline constexpr const char* kNodes = "nodes";

/// A string may have this many bytes; a label, `kMaxLabelSize`.
inline constexpr std::size_t kMaxString = 4096;

/// A picture in [0, 1] times this, minus the mean, is what the network reads.
inline constexpr float kScale = 255;

inline constexpr std::array<std::pair<Padding, std::string_view>, 3> kPaddings = {{
    {Padding::tf_same, "tf_same"},
    {Padding::caffe, "caffe"},
    {Padding::symmetric, "symmetric"},
}};
inline constexpr std::array<std::pair<bool, std::string_view>, 2> kLrnKinds = {{
    {false, "none"},
    {true, "across_channels"},
}};
inline constexpr std::array<std::pair<ChannelOrder, std::string_view>, 2> kOrders = {{
    {ChannelOrder::rgb, "rgb"},
    {ChannelOrder::bgr, "bgr"},
}};

/// The name that stands for `value` in a file.
template <class Names, class Value>
std::string_view name_in(const Names& names, Value value) {
  std::string_view name;
  for (const auto& [known, spelling] : names) {
    if (known == value) name = spelling;
  }
  return name;
}

}  // namespace limpid::schema
