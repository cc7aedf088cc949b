// Lists of transforms as kernels read them, for tests.
#pragma once

#include <cmath>
#include <cstdint>
#include <initializer_list>
#include <vector>

#include "kernels/ops/transform_list.h"

namespace limpid::test {

struct ListEntry {
  TransformKind kind;
  std::vector<ValueRange> ranges;
};

inline TransformList make_list(std::initializer_list<ListEntry> entries) {
  TransformList list;
  std::int32_t ranges = 0;
  for (const ListEntry& entry : entries) {
    list.entries[list.count++] = {entry.kind, ranges, static_cast<std::int32_t>(entry.ranges.size())};
    for (const ValueRange& range : entry.ranges) list.ranges[ranges++] = range;
  }
  return list;
}

inline ListEntry jitter(int pixels) {
  const float half = static_cast<float>(pixels) / 2;
  return {TransformKind::jitter,
          {{-std::floor(half), std::ceil(half), static_cast<std::uint32_t>(pixels) + 1, 1, 0}}};
}
inline ListEntry scale(float least, float most) {
  return {TransformKind::scale, {{least, most, 11, 1, 0}}};
}
/// Whole degrees, and five more zeros.
inline ListEntry rotate(int most) {
  const auto degrees = static_cast<float>(most);
  return {TransformKind::rotate,
          {{-degrees, degrees, 2 * static_cast<std::uint32_t>(most) + 1, 1, 0}, {0, 0, 1, 5, 0}}};
}
/// One value.
inline ListEntry fixed(TransformKind kind, float value) {
  return {kind, {{value, value, 1, 1, 0}}};
}
/// Any value between.
inline ListEntry between(TransformKind kind, float least, float most) {
  return {kind, {{least, most, 0, 1, 0}}};
}
/// lucid's deviations, `times` as large.
inline ListEntry homography(float times = 1) {
  ListEntry entry{TransformKind::homography, {}};
  for (const float deviation : {3.0F, 2.5F, 2.5F, 0.01F, 0.0001F, 2.0F}) {
    entry.ranges.push_back({times * deviation, times * deviation, 1, 1, 0});
  }
  return entry;
}
/// Vanishing points alone: `deviation` of 1 / 50 puts the horizon some 50 pixels from the centre.
inline ListEntry tilt(float deviation) {
  ListEntry entry{TransformKind::homography, std::vector<ValueRange>(6)};
  entry.ranges[4] = {deviation, deviation, 1, 1, 0};
  return entry;
}
inline ListEntry flip(float probability = 0.5F) {
  return fixed(TransformKind::flip, probability);
}

/// lucid's standard transforms.
inline TransformList standard_list() {
  return make_list({jitter(8), scale(0.9F, 1.1F), rotate(10), jitter(4)});
}

}  // namespace limpid::test
