// A network's weights and what it takes to use them, in host memory: the one form every importer ends in and
// every backend starts from.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "kernels/core/window.h"

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
};

/// A 1x1 convolution with bias, and a ReLU or none, that reads a layer of the network: a dictionary, a probe. Nothing
/// else reads it; it is a layer like others.
struct AppendedLayer {
  std::string
      reads;  ///< Canonical name of the layer it reads, after its ReLU; an earlier appended one included.
  bool relu = false;
  ConvLayer conv;
};

/// Local response normalisation across channels: y_c = x_c / (bias + alpha * sum_{|j-c| <= radius}
/// x_j^2)^beta, the window clipped at the channel edges (TensorFlow's convention: alpha multiplies the sum,
/// not the mean).
struct Lrn {
  bool present = false;
  int radius = 0;
  float alpha = 0;
  float beta = 0;  ///< 0.5 or 0.75.
  float bias = 1;
};

/// Windows of the four pools of stride 2: maxpool0, maxpool1, maxpool4, maxpool10. (Those inside modules are
/// 3x3, of stride 1.) Each is 2 or 3.
using PoolSizes = std::array<int, 4>;

/// As published.
inline constexpr PoolSizes kUsualPools = {3, 3, 3, 3};

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

/// InceptionV1 weights with their family's rules. Families differ only in the data here.
struct Model {
  Provenance provenance;
  Padding padding = Padding::caffe;
  PoolSizes pool_sizes = kUsualPools;
  Lrn lrn;
  InputSpec input;
  std::vector<ConvLayer> layers;  ///< The 58 layers of `inception_layers()`, in that order.
  std::vector<AppendedLayer> appended;
  std::vector<std::string> classes;  ///< Label of each logit; empty when unknown.

  /// The layer of that canonical name, appended ones included. Throws Error{input} when absent.
  const ConvLayer& layer(std::string_view name) const;

  int class_count() const { return layer("logits").k; }
};

}  // namespace limpid
