// InceptionV1 as data: which convolutions there are, how they connect, and what they are called.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace limpid {

/// The nine inception modules, in order.
inline constexpr std::array<std::string_view, 9> kModules = {
    "mixed3a", "mixed3b", "mixed4a", "mixed4b", "mixed4c", "mixed4d", "mixed4e", "mixed5a", "mixed5b"};

/// The four branches of a module in the order of its concatenation.
inline constexpr std::array<std::string_view, 4> kBranches = {"1x1", "3x3", "5x5", "pool_reduce"};

/// One convolution of the topology.
struct LayerSpec {
  std::string name;   ///< Canonical (lucid's) name: "mixed4a_3x3_bottleneck".
  std::string caffe;  ///< BVLC's name: "inception_4a/3x3_reduce".
  int size;           ///< Filter height and width.
  int stride;
  /// Layers whose outputs, concatenated, are its input; empty for the picture.
  std::vector<std::string> inputs;
};

/// The 57 convolutions and the classifier ("logits"), in forward order. Channel counts are not part of the
/// topology: they are read from the weights.
const std::vector<LayerSpec>& inception_layers();

}  // namespace limpid
