// Views as lucid, lucent and captum make them: a list's transforms applied one by one, each resampling the
// canvas that the one before left, and canvases that shrink and grow on their way to the network.
//
// limpid composes a list into one resampling instead, which is faster and blurs less; this is for people who
// must compare. The rules are those of the peers' published code, as their papers and documentation describe
// it.
#pragma once

#include <map>
#include <utility>
#include <vector>

#include "engine/image/transforms.h"
#include "kernels/core/slot_key.h"
#include "kernels/ops/affine_map.h"
#include "kernels/ops/resample.h"

namespace limpid {

/// What one transform of a list drew: pixels of a jitter, a magnification, or degrees. Nothing of a pad.
struct StagedDraw {
  int x = 0, y = 0;
  float value = 0;
};

/// The draws of the step and the picture of `key`, one for each transform.
std::vector<StagedDraw> draw_staged(const Transforms& transforms, const SlotKey& key);

/// From one canvas to the next.
struct ViewStage {
  enum class Kind {
    resample,
    turn,          ///< Bilinear, 0 beyond the canvas.
    nearest_turn,  ///< Of nearest pixels, 0 beyond the canvas.
  };
  Kind kind = Kind::resample;
  int h = 0, w = 0;        ///< Of the result.
  ResampleRule rule = {};  ///< Of `resample`.
  AffineMap map = {};      ///< Of a turn: from pixels of the result to pixels of the canvas before.
};

/// The stages of a staged list for a picture of h x w; the last result is what the network sees. A transform
/// may take several, and lucent's views of a picture less than 224 pixels high or wide end in one that
/// enlarges them to 224 x 224. Throws Error{usage} where a canvas vanishes, exceeds 8192 pixels a side, or is
/// too small to be mirrored.
std::vector<ViewStage> stages_of(const Transforms& transforms, const std::vector<StagedDraw>& draws, int h,
                                 int w);

/// Heights and widths of the canvases of a draw.
using CanvasSizes = std::vector<std::pair<int, int>>;
CanvasSizes sizes_of(const std::vector<ViewStage>& stages);

/// Every sequence of canvases that draws may lead to, by example. Throws Error{usage} where one of them
/// cannot be, and for more than 128.
std::map<CanvasSizes, std::vector<ViewStage>> every_size(const Transforms& transforms, int h, int w);

/// Throws Error{usage} where a picture of this size is too small for the list, composed or staged.
void check_transforms(const Transforms& transforms, int height, int width);

}  // namespace limpid
