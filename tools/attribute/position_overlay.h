// Numbers of a map's positions over the photo they are of.
#pragma once

#include <vector>

#include "engine/image/image.h"

namespace limpid {

/// The photo in gray, under orange where a position's number is positive and blue where it is negative, the more opaque
/// the larger it is; interpolated from height x width numbers to the photo's size. The largest of either sign is most
/// opaque.
Image position_overlay(const Image& photo, const std::vector<double>& numbers, int height, int width);

}  // namespace limpid
