// InceptionV1, of any family, as a network.
#pragma once

#include "weights/network.h"

namespace limpid {

/// What members of the family differ in besides the widths of their layers.
struct InceptionRules {
  Padding padding = Padding::caffe;
  PoolSizes pool_sizes = kUsualPools;
  Lrn lrn;  ///< Of both normalisations; where absent, they hand their input on.
};

/// Layers have lucid's names (conv2d0 ... mixed5b, mixed4a_3x3_bottleneck, logits, softmax), and as aliases BVLC's
/// ("inception_4a/3x3_reduce", "inception_4a/output", "pool1/norm1", "loss3/classifier", "prob") and lucid's
/// "softmax2_pre_activation" and "softmax2".
Network inception_v1(const InceptionRules& rules);

/// Appends the nodes of a layer. Throws Error{input} where what it reads does not exist.
void append_nodes(Network& network, const AppendedLayer& layer, Padding padding);

/// The network of a model: InceptionV1 by the rules it states, and the layers appended to it.
Network network_of(const Model& model);

}  // namespace limpid
