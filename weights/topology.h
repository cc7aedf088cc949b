// InceptionV1 as data: which convolutions there are, how they connect, and what they are called.
#pragma once

#include <string>
#include <vector>

#include "weights/inception_modules.h"

namespace limpid {

/// One convolution of the topology.
struct LayerSpec {
  std::string name;   ///< Canonical (lucid's) name: "mixed4a_3x3_bottleneck".
  std::string caffe;  ///< BVLC's name: "inception_4a/3x3_reduce".
  int size;           ///< Filter height and width.
  int stride;
  bool is_classifier;  ///< The logits: a matrix in most files.
  /// Layers whose outputs, concatenated, are its input; empty for the picture.
  std::vector<std::string> inputs;
};

/// The 57 convolutions and the classifier ("logits"), in forward order. Channel counts are not part of the
/// topology: they are read from the weights.
const std::vector<LayerSpec>& inception_layers();

}  // namespace limpid
