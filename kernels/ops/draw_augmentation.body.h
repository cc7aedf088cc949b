// Arithmetic of draw_augmentation, per view.
#pragma once

#include <cmath>

#include "kernels/core/host_device.h"
#include "kernels/core/philox.h"
#include "kernels/ops/draw_augmentation.h"
#include "kernels/ops/draw_value.h"
#include "kernels/ops/view_composer.body.h"

namespace limpid {

/// A normal value of standard deviation 1, drawn again until it is within two of them.
LIMPID_HD float draw_truncated_normal(RandomStream& random) {
  for (;;) {
    const std::uint32_t bits0 = random.bits(), bits1 = random.bits();
    const NormalPair pair = normal_pair(bits0, bits1);
    if (fabsf(pair.first) <= 2) return pair.first;
    if (fabsf(pair.second) <= 2) return pair.second;
  }
}

struct DrawAugmentationBody {
  DrawAugmentation op;

  LIMPID_HD void operator()(std::int64_t index) const {
    const int picture = static_cast<int>(index) / op.draws;
    const int draw = static_cast<int>(index) % op.draws;
    const SlotKey key = op.keys[op.follow != nullptr ? op.follow[picture] : picture];
    const bool late = op.later != nullptr && key.step >= op.lists[picture].until;
    const TransformList& list = (late ? op.later : op.lists)[picture];
    RandomStream random(key, RandomPurpose::augmentation, static_cast<std::uint32_t>(draw));
    ViewPositions positions;
    ViewColours colours;
    float blur_variance = 0;
    for (int i = 0; i < list.count; ++i) {
      const TransformList::Entry entry = list.entries[i];
      apply(entry.kind, random, list.ranges + entry.first, entry.count, positions, colours, blur_variance);
    }

    const float picture_x = 0.5F * static_cast<float>(op.picture_w - 1);
    const float picture_y = 0.5F * static_cast<float>(op.picture_h - 1);
    const float network_x = 0.5F * static_cast<float>(op.network_w - 1);
    const float network_y = 0.5F * static_cast<float>(op.network_h - 1);
    if (op.maps != nullptr) op.maps[index] = positions.affine_map(picture_x, picture_y, network_x, network_y);
    if (op.views != nullptr) {
      View view;
      view.map = positions.map(picture_x, picture_y, network_x, network_y);
      colours.write(view);
      view.fill = list.fill;
      view.reflect = list.reflect;
      view.draw = static_cast<std::uint32_t>(draw);
      view.key = key;
      op.views[index] = view;
    }
    if (op.blur != nullptr && draw == 0) op.blur[picture] = sqrtf(blur_variance);
  }

  LIMPID_HD static void apply(TransformKind kind, RandomStream& random, const ValueRange* ranges, int count,
                              ViewPositions& positions, ViewColours& colours, float& blur_variance) {
    switch (kind) {
      case TransformKind::pad:
      case TransformKind::reflect_pad:
        return;
      case TransformKind::jitter: {
        const float x = draw_value(random, ranges, 1);
        return positions.translate(x, draw_value(random, ranges, 1));
      }
      case TransformKind::scale:
        return positions.magnify(draw_value(random, ranges, count));
      case TransformKind::rotate: {
        const float radians = draw_value(random, ranges, count) * kRadiansPerDegree;
        const float cosine = cosf(radians), sine = sinf(radians);
        return positions.linear(cosine, -sine, sine, cosine);
      }
      case TransformKind::shear:
        return positions.linear(1, tanf(draw_value(random, ranges, count) * kRadiansPerDegree), 0, 1);
      case TransformKind::homography:
        return positions.project(draw_homography(random, ranges));
      case TransformKind::flip:
        if (uniform_unit(random.bits()) < ranges[0].first) positions.linear(-1, 0, 0, 1);
        return;
      case TransformKind::crop:
      case TransformKind::centre_crop: {
        const float x = draw_value(random, ranges + 2, 1);
        positions.translate(x, draw_value(random, ranges + 3, 1));
        return positions.linear(ranges[0].first, 0, 0, ranges[1].first);
      }
      case TransformKind::blur: {
        const float deviation = draw_value(random, ranges, count);
        blur_variance += deviation * deviation;
        return;
      }
      case TransformKind::noise:
        return colours.noise(draw_value(random, ranges, count));
      case TransformKind::contrast:
        return colours.contrast(draw_value(random, ranges, count));
      case TransformKind::brightness:
        return colours.brightness(draw_value(random, ranges, count));
      case TransformKind::saturation:
        return colours.saturation(draw_value(random, ranges, count));
      case TransformKind::hue:
        return colours.hue(draw_value(random, ranges, count));
    }
  }

  /// Translation, turn, shear along a random direction, vanishing points, translation: all normal, with the
  /// deviations in `ranges`.
  LIMPID_HD static Matrix3 draw_homography(RandomStream& random, const ValueRange* ranges) {
    const auto normal = [&](int i) { return ranges[i].first * draw_truncated_normal(random); };
    const float first_x = normal(0), first_y = normal(0);
    const float turn = normal(1) * kRadiansPerDegree;
    const float direction = normal(2) * kRadiansPerDegree;
    const float shear = normal(3);
    const float vanishing_x = normal(4), vanishing_y = normal(4);
    const float second_x = normal(5), second_y = normal(5);

    const float cosine = cosf(turn), sine = sinf(turn);
    const float along_x = cosf(direction), along_y = sinf(direction);
    // I + shear * along * across^T, where across is along, turned by 90 degrees.
    const Matrix3 sheared = {{1 - shear * along_x * along_y, shear * along_x * along_x, 0,
                              -shear * along_y * along_y, 1 + shear * along_y * along_x, 0, 0, 0, 1}};
    const Matrix3 moved = {{cosine, -sine, first_x, sine, cosine, first_y, 0, 0, 1}};
    const Matrix3 seen = {{1, 0, second_x, 0, 1, second_y, vanishing_x, vanishing_y,
                           1 + vanishing_x * second_x + vanishing_y * second_y}};
    return moved * (sheared * seen);
  }
};

}  // namespace limpid
