// The network's description: shapes, costs and receptive fields.
#pragma once

#include <string>
#include <vector>

#include "weights/model.h"

namespace limpid {

/// One row of it.
struct LayerReport {
  std::string name;   ///< Canonical name.
  std::string alias;  ///< Caffe's name; empty when it has none.
  int channels = 0, height = 0, width = 0;
  double macs = 0;          ///< Multiply-accumulates of the layer itself (a module: all its convolutions).
  int receptive_field = 0;  ///< Input pixels, along one dimension, that one position can see.
};

/// Every layer that can be named as a target, in forward order, for an input of height x width.
/// Throws Error{usage} when the input is too small.
std::vector<LayerReport> describe_layers(const Model& model, int height, int width);

}  // namespace limpid
