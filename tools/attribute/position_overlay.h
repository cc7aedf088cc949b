// Numbers of a map's positions over the photo they are of.
#pragma once

#include <array>
#include <vector>

#include "engine/image/image.h"

namespace limpid {

/// Of what adds, orange, and of what takes away, blue; RGB in [0, 1].
inline constexpr std::array<float, 3> kFor = {1.0F, 0.45F, 0.0F}, kAgainst = {0.1F, 0.4F, 1.0F};

/// A pixel (RGB in [0, 1]) in gray of weaker contrast, so that colours can be seen over it.
float gray_below(const float* rgb);

/// The photo in gray, under orange where a position's number is positive and blue where it is negative, the more opaque
/// the larger it is; interpolated from height x width numbers to the photo's size. Most opaque is `largest`, of either sign, or where that
/// is 0 the largest there is.
Image position_overlay(const Image& photo, const std::vector<double>& numbers, int height, int width,
                       double largest = 0);

/// The numbers alone, a pixel each: white where they are zero, orange where they are positive and blue where they are negative; full
/// colour is what a thousandth of them exceed in size.
Image signed_map(const std::vector<double>& numbers, int height, int width);

}  // namespace limpid
