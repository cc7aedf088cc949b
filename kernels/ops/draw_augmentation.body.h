// Arithmetic of draw_augmentation, per image.
#pragma once

#include <cmath>

#include "kernels/core/host_device.h"
#include "kernels/core/philox.h"
#include "kernels/ops/draw_augmentation.h"

namespace limpid {

struct DrawAugmentationBody {
  DrawAugmentation op;

  LIMPID_HD void operator()(std::int64_t image) const {
    const AugmentationRange range = op.ranges[image];
    RandomStream random(op.keys[image], RandomPurpose::augmentation);
    const float before_x = static_cast<float>(random.around_zero(range.jitter_before / 2));
    const float before_y = static_cast<float>(random.around_zero(range.jitter_before / 2));
    const float share = static_cast<float>(random.below(11));
    const float degrees = static_cast<float>(draw_degrees(random, range.rotate_degrees));
    const float after_x = static_cast<float>(random.around_zero(range.jitter_after / 2));
    const float after_y = static_cast<float>(random.around_zero(range.jitter_after / 2));

    const float scale = (range.scale_min * (10 - share) + range.scale_max * share) / 10;
    const float radians = degrees * 0.0174532925F;
    const float cosine = cosf(radians) / scale, sine = sinf(radians) / scale;

    // From the network's centre, where its view was cut out ...
    const float from_x = after_x - 0.5F * static_cast<float>(op.network_w - 1);
    const float from_y = after_y - 0.5F * static_cast<float>(op.network_h - 1);
    // ... to the picture's.
    const float to_x = before_x + 0.5F * static_cast<float>(op.picture_w - 1);
    const float to_y = before_y + 0.5F * static_cast<float>(op.picture_h - 1);
    op.maps[image] = {cosine, -sine,  cosine * from_x - sine * from_y + to_x,
                      sine,   cosine, sine * from_x + cosine * from_y + to_y};
  }

  LIMPID_HD static int draw_degrees(RandomStream& random, int most) {
    const int whole = 2 * most + 1;
    const int draw = static_cast<int>(random.below(static_cast<std::uint32_t>(whole) + 5));
    return draw < whole ? draw - most : 0;
  }
};

}  // namespace limpid
