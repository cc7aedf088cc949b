// Layers of a user's own on a network: a dictionary or a probe on any of its layers.
#pragma once

#include <string>
#include <vector>

#include "weights/model.h"

namespace limpid {

/// A 1x1 convolution with bias, and a ReLU or none, that reads a layer of the network: a dictionary, a probe. Nothing
/// else reads it; it is a layer like others.
struct AppendedLayer {
  std::string reads;  ///< Canonical name of the layer it reads; an earlier appended one included.
  bool relu = false;
  ConvLayer conv;
  ReluNode gated = {};          ///< What goes on of the ReLU's outputs.
  bool reads_pre_relu = false;  ///< It reads the values before the ReLU of a convolution.
};

/// Appends a 1x1 convolution with bias, and a ReLU where `layer.relu`. From then on it is a layer of the model: it can
/// be planned, visualised and saved (HDF5). `layer.conv` needs its name, k, filter (K x C), bias, and thresholds where a
/// JumpReLU is behind it; c and size are set.
///
/// Throws Error{input} naming `origin` where the layer it reads does not exist or has no side before a ReLU that it asks
/// for, where the name is taken or is none (letters, digits and '_', the first a letter, 64 at most), where sizes do not
/// fit, TopK would keep more than there is, or a value is not finite.
void append_layer(Model& model, AppendedLayer layer, const std::string& origin);

/// The nodes of such a layer alone. Throws Error{input} where what it reads does not exist.
void append_nodes(Network& network, const AppendedLayer& layer);

/// Whether the layer is of a kind that files of schema 3 do not know.
bool needs_schema_4(const AppendedLayer& layer);

/// The layers behind InceptionV1's, without their values. Throws Error{input} beginning with `what` where the nodes
/// are not InceptionV1's by rules of its own, or go on with anything but 1x1 convolutions and ReLUs behind them.
std::vector<AppendedLayer> appended_layers(const Network& network, const std::string& what);

/// Checks that the network is InceptionV1 by rules of its own and layers appended to it, which is what files can hold.
/// Throws Error{input} naming `origin` where it is not, or where a layer could not have been appended.
void check_inception(const Model& model, const std::string& origin);

}  // namespace limpid
