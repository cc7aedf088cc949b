// Layers of a user's own on a network: a dictionary or a probe on any of its layers.
#pragma once

#include <string>

#include "weights/model.h"

namespace limpid {

/// Appends a 1x1 convolution with bias, and a ReLU where `layer.relu`. From then on it is a layer of the model: it can
/// be planned, visualised and saved (HDF5). `layer.conv` needs its name, k, filter (K x C) and bias; c and size are set.
///
/// Throws Error{input} naming `origin` where the layer it reads does not exist, where the name is taken or is none
/// (letters, digits and '_', the first a letter, 64 at most), where sizes do not fit or a value is not finite.
void append_layer(Model& model, AppendedLayer layer, const std::string& origin);

/// The checks of names and shapes alone, of all layers that are appended already.
void check_appended(const Model& model, const std::string& origin);

}  // namespace limpid
