// Random views of pictures: what a list of transforms comes to, drawn anew per picture and step.
#pragma once

#include "kernels/core/slot_key.h"
#include "kernels/core/stream.h"
#include "kernels/ops/affine_map.h"
#include "kernels/ops/transform_list.h"
#include "kernels/ops/view.h"

namespace limpid {

class OpContract;

/// Draws `draws` views of every picture: view p * draws + d is number d of picture p, and takes its random
/// numbers from the stream (keys[p], RandomPurpose::augmentation, d), transform by transform in the order of
/// the list. All that a list does to positions is composed into one map from network pixels to picture
/// pixels, about the centres ((w - 1) / 2, (h - 1) / 2). Jitter and flip alone, and an empty list, are exact:
/// with equal sizes an empty list gives the identity.
struct DrawAugmentation {
  const SlotKey* keys;         ///< One per picture.
  const TransformList* lists;  ///< One per picture.
  /// One per view, or null: the maps alone, which must then be affine (no homography).
  AffineMap* maps;
  int pictures;
  int picture_h, picture_w;
  int network_h, network_w;
  int draws = 1;
  View* views = nullptr;                 ///< One per view, or null.
  float* blur = nullptr;                 ///< One per picture, or null: standard deviation in picture pixels.
  const std::int32_t* follow = nullptr;  ///< Per picture the one whose key it takes; null: its own.
  const TransformList* later = nullptr;  ///< Per picture the list after `until` updates; null: none.
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const DrawAugmentation& op, const OpContract& contract);

namespace cpu {
void draw_augmentation(const Stream&, const DrawAugmentation&);
}
namespace cuda {
void draw_augmentation(const Stream&, const DrawAugmentation&);
}

}  // namespace limpid
