// Random views of a picture: jitter, scale, rotation, jitter, drawn anew per image and step.
#pragma once

#include "kernels/core/slot_key.h"
#include "kernels/core/stream.h"
#include "kernels/ops/affine_map.h"

namespace limpid {

/// What a view is drawn from. The values given here draw the same centred view every time.
struct AugmentationRange {
  int jitter_before =
      0;  ///< Picture pixels: uniform over the integers -j/2 .. j/2 (rounded towards 0), each dimension.
  float scale_min = 1;     ///< Magnification, > 0: uniform over eleven values evenly spaced from scale_min
  float scale_max = 1;     ///< to scale_max.
  int rotate_degrees = 0;  ///< Uniform over the 2 r + 1 integers -r .. r and five more zeros.
  int jitter_after = 0;    ///< Network pixels, drawn like jitter_before.
};

/// maps[i] takes network pixels to picture pixels: undo jitter_after, rotation and scale about the centres
/// ((w - 1) / 2, (h - 1) / 2), then jitter_before. The view without jitter, scale and rotation is exact:
/// equal sizes give the identity.
struct DrawAugmentation {
  const SlotKey* keys;              ///< One per image.
  const AugmentationRange* ranges;  ///< One per image.
  AffineMap* maps;                  ///< One per image.
  int images;
  int picture_h, picture_w;
  int network_h, network_w;
};

namespace cpu {
void draw_augmentation(const Stream&, const DrawAugmentation&);
}
namespace cuda {
void draw_augmentation(const Stream&, const DrawAugmentation&);
}

}  // namespace limpid
