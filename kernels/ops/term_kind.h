// What the terms of an objective compute: one list for the operations that compute them and for all above.
#pragma once

#include <cstdint>

namespace limpid {

/// How an activation map T (c x h x w) or a picture x (3 x h x w, values in [0, 1]) becomes one number:
/// definitions of Olah et al., Distill 2017, and lucid. Means over channels run over the logical ones, those
/// over positions over the term's: the whole map, one position, or a patch. A gradient is the exact one and
/// with respect to the term's own image, unless said.
enum class TermKind : std::int32_t {
  none,  ///< No term: value 0, gradient 0.

  // Of a map: objective_seed.h.
  channel,  ///< Mean over positions of T[channel]. Logits and class probabilities are channels of 1 x 1 maps.
  layer,    ///< Mean over channels and positions of T^2 (DeepDream).
  /// Mean over positions p of dot(T_p, v) * max(0.1, cos)^cosine_power, where T_p are the channels of one
  /// position and cos = dot(T_p, v) / ((1e-4 + |T_p|)(1e-4 + |v|)): lucid's direction. Captum normalises by
  /// 1e-8 instead. In the gradient a cosine below 0.1 counts as a constant.
  direction,
  /// The same with a vector for each position of a patch: lucid's tensor_direction, the patch anywhere instead
  /// of in the middle.
  patch,
  /// Mean over positions of that cosine, dot(T_p, v) / ((1e-4 + |T_p|)(1e-4 + |v|)): lucent's direction, and at
  /// one position its direction_neuron, which take lengths to be 1e-8 at least (torch's cosine_similarity)
  /// instead. A position without any activation has no angle: value and gradient 0.
  cosine,

  // Of a map and that of a photo seen through the same views, T'.
  match,  ///< -mean over channels and positions of |T - T'|. The gradient is 0 where both are equal.
  /// dot * max(0.1, cos)^cosine_power, dot the sum over channels and positions of T * T' and
  /// cos = dot / ((1e-6 + |T|)(1e-6 + |T'|)); below 0.1 the cosine counts as a constant: caricature_seed.h.
  /// After lucid, which leaves |T'| out of its cosine, so that with a power its value depends on how strongly
  /// the photograph excites the layer.
  caricature,
  /// -mean over pairs of channels of |G - G'| / positions, G and G' the Gram matrices of T and T': lucid's
  /// style, gram.h. The gradient is 0 where both are equal.
  style,

  // Of the maps of one job's images, a group.
  /// -sum over the other images j of the group of <G, G_j> / (|G| |G_j|), where <A, B> is the sum of products
  /// of the elements of two matrices and |G|^2 = max(1e-10, <G, G>): gram.h. The gradient is that of the sum
  /// over the group's images, all with this weight: each pair counts twice. A group of one has value and
  /// gradient 0. lucid's diversity is the mean of this over the batch, the sign turned, beside the mean of the
  /// other objectives: a weight means the same there.
  diversity,
  /// -sum for d = 1..4 of 2^-d mean((T - T_d)^2), T_d the map of the d-th image after this one in its group;
  /// those that the group does not have are left out. The gradient is that of the sum over the group's
  /// images, all with this weight: both its neighbours after and before count. lucid adds this sum to the
  /// *mean* over the batch of its other objectives, so that its weight counts as many times as much as there
  /// are images.
  align,

  // Of the picture, before the views: image_penalty.h. All measure what is mostly unwanted and have a negative
  // weight. Sums run over all colour channels and pixels; formulas are lucid's (optvis/objectives.py);
  // derivatives of |.| are 0 at 0. blurN is a weighted mean over the N x N pixels around one that lie in the
  // picture: weight 0.5 at the rim of the square and 1 inside.
  l1,               ///< sum |x - centre|.
  l2,               ///< sqrt(1e-6 + sum (x - centre)^2).
  total_variation,  ///< sum of |difference| over all pairs of horizontal and vertical neighbours.
  /// 0.5 sum (x - blur3(x))^2. In the gradient, x - blur3(x), the blurred picture counts as a constant.
  blur,
  /// sum over the frame of `frame` pixels of (blur5(x) - x)^2 + 0.8 (x - centre)^2. A frame that meets itself
  /// is the whole picture; one of width 0 is nothing.
  boundary,
  distance,  ///< sqrt(mean (x - x')^2), x' a photo. The gradient is 0 where both are equal.
  alpha,  ///< Mean of the picture's fourth plane, its opacity, which it must have; the others are of colours.
};

}  // namespace limpid
