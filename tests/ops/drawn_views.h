// Views of pictures that cases look at, as the CPU draws them.
#pragma once

#include <vector>

#include "kernels/ops/draw_augmentation.h"
#include "tests/image/transform_lists.h"

namespace limpid::test {

struct Size {
  int h, w;
};

inline constexpr int kImages = 3, kDraws = 2;
inline constexpr Size kPicture{61, 70}, kNetwork{48, 57};
inline const std::vector<SlotKey> kKeys = {{1, 0, 0}, {1, 5, 40}, {0x123456789abcdefULL, 2, 1999}};

/// The standard views, none and wild ones.
inline const std::vector<TransformList> kAffineLists = {
    make_list({jitter(16), scale(0.9F, 1.1F), rotate(10), jitter(8)}),
    {},
    make_list({jitter(30), scale(0.5F, 2), rotate(180), between(TransformKind::shear, -20, 20), flip(),
               jitter(60)})};

/// The same, with what only a ViewWarp shows. Blur is drawn on the side.
inline const std::vector<TransformList> kViewLists = {
    make_list({jitter(16), homography(3), between(TransformKind::blur, 0.5F, 2)}),
    {},
    make_list({rotate(180), homography(10), between(TransformKind::contrast, 0.5F, 1.5F),
               between(TransformKind::hue, -90, 90), fixed(TransformKind::brightness, 0.8F),
               fixed(TransformKind::saturation, 1.3F), fixed(TransformKind::noise, 0.1F)})};

/// One view of each picture.
inline DrawAugmentation draw_maps(const SlotKey* keys, const TransformList* lists, AffineMap* maps) {
  return {keys, lists, maps, kImages, kPicture.h, kPicture.w, kNetwork.h, kNetwork.w};
}
inline std::vector<AffineMap> affine_maps() {
  std::vector<AffineMap> maps(kImages);
  cpu::draw_augmentation({}, draw_maps(kKeys.data(), kAffineLists.data(), maps.data()));
  return maps;
}

/// kDraws views of each picture, and its blur.
inline DrawAugmentation draw_views(const SlotKey* keys, const TransformList* lists, View* views,
                                   float* blur) {
  DrawAugmentation op = draw_maps(keys, lists, nullptr);
  op.draws = kDraws;
  op.views = views;
  op.blur = blur;
  return op;
}
inline std::vector<View> drawn_views(std::vector<float>& blur) {
  std::vector<View> views(kImages * kDraws);
  blur.resize(kImages);
  cpu::draw_augmentation({}, draw_views(kKeys.data(), kViewLists.data(), views.data(), blur.data()));
  return views;
}

/// The same, mirrored by 0 to 45 pixels.
inline std::vector<View> mirrored_views() {
  std::vector<float> blur;
  std::vector<View> views = drawn_views(blur);
  for (std::size_t i = 0; i < views.size(); ++i) views[i].reflect = static_cast<std::int32_t>(9 * i);
  return views;
}

}  // namespace limpid::test
