// InceptionV1, of any family, as a network.
#pragma once

#include <array>

#include "weights/network.h"

namespace limpid {

/// Windows of the four pools of stride 2: maxpool0, maxpool1, maxpool4, maxpool10. (Those inside modules are
/// 3x3, of stride 1.) Each is 2 or 3.
using PoolSizes = std::array<int, 4>;

/// As published.
inline constexpr PoolSizes kUsualPools = {3, 3, 3, 3};

/// What members of the family differ in besides the widths of their layers.
struct InceptionRules {
  Padding padding = Padding::caffe;
  PoolSizes pool_sizes = kUsualPools;
  Lrn lrn;  ///< Of both normalisations; where absent, they hand their input on.

  bool operator==(const InceptionRules&) const = default;
};

/// Layers have lucid's names (conv2d0 ... mixed5b, mixed4a_3x3_bottleneck, logits, softmax), and as aliases BVLC's
/// ("inception_4a/3x3_reduce", "inception_4a/output", "pool1/norm1", "loss3/classifier", "prob") and lucid's
/// "softmax2_pre_activation" and "softmax2".
Network inception_v1(const InceptionRules& rules);

/// The rules by which the nodes of the network are InceptionV1's, if they are: what the first of each kind says.
InceptionRules rules_of(const Network& network);

}  // namespace limpid
