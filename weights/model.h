// A network's weights and what it takes to use them, in host memory: the one form every importer ends in and
// every backend starts from.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "weights/network.h"

namespace limpid {

/// A convolution's parameters with logical channel counts. The classifier is a 1x1 convolution named
/// "logits".
struct ConvLayer {
  std::string name;           ///< Canonical name: conv2d0, mixed4a_3x3_bottleneck, logits.
  int k = 0;                  ///< Output channels.
  int c = 0;                  ///< Input channels.
  int size = 1;               ///< Height and width of the filter.
  std::vector<float> filter;  ///< K x C x R x S.
  std::vector<float> bias;    ///< K.
  /// K, of the JumpReLU behind it (ReluGate::threshold); otherwise empty.
  std::vector<float> threshold = {};
};

enum class ChannelOrder { rgb, bgr };

/// From an RGB picture in [0, 1] to what the network reads: x_c = 255 * picture_c - mean_c, channels in
/// `order`.
struct InputSpec {
  ChannelOrder order = ChannelOrder::rgb;
  std::array<float, 3> mean{};  ///< In the network's channel order, on the 0..255 scale.
  int size = 224;               ///< Height and width the weights were trained for.
};

/// Where the weights came from, kept with them.
struct Provenance {
  std::string family;    ///< A name of `families()`, or another.
  std::string source;    ///< File name or address the weights were read from.
  std::string sha256;    ///< Of the source file, lower-case hexadecimal.
  std::string licence;   ///< As its authors state it.
  std::string training;  ///< Data, effort and accuracy in words; empty when unknown.
};

/// A network with its weights and what it takes to use them.
struct Model {
  Provenance provenance;
  Network network;  ///< How the layers connect, with the rules of windows, padding and normalisation.
  InputSpec input;
  std::vector<ConvLayer> layers;     ///< Of the network's convolutions, in the order of their nodes.
  std::vector<std::string> classes;  ///< Label of each logit; empty when unknown.

  /// The layer of that canonical name. Throws Error{input} when absent.
  const ConvLayer& layer(std::string_view name) const;

  /// The layer whose channels are the classes. Throws Error{input} where the network has none.
  const ConvLayer& classifier() const;

  int class_count() const { return classifier().k; }
};

/// Logical channels of a value: those of the convolutions it comes from. The network is the model's, or the
/// beginning of it.
int channels_of(const Network& network, const Model& model, ValueId id);

}  // namespace limpid
