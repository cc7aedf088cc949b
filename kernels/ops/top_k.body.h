// Arithmetic of TopK: which values of a position are kept is found by bisection over the bits of the values, and of
// their channels where equal ones compete. Each step counts values, so that threads may count in any order.
#pragma once

#include <cstdint>
#include <cstring>

#include "kernels/core/group.h"

namespace limpid {

/// A whole number in the order of the values: 0 for those that are not positive, and NaN above all.
LIMPID_HD std::int32_t top_k_key(float x) {
  constexpr std::int32_t above_all = 0x7fffffff;
  if (x != x) return above_all;
  if (!(x > 0)) return 0;
  std::int32_t bits;
  memcpy(&bits, &x, sizeof bits);
  return bits;
}

/// What is kept of a position: the larger values, and those equal to the least of them in channels up to a last one.
struct TopKRule {
  std::int32_t least = 0;  ///< A key; 0: all that is positive.
  std::int32_t last_channel = 0x7fffffff;

  LIMPID_HD bool keeps(float x, int channel) const {
    const std::int32_t key = top_k_key(x);
    return key > least || (key == least && key > 0 && channel <= last_channel);
  }
};

/// How many of a group's channels, which are those from `first` on, a rule keeps.
LIMPID_HD int count_kept(const TopKRule& rule, Group x, int first) {
  int count = 0;
  LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) count += rule.keeps(x[i], first + i) ? 1 : 0;
  return count;
}

LIMPID_HD Group keep_by(const TopKRule& rule, Group x, int first) {
  LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) x[i] = rule.keeps(x[i], first + i) ? x[i] : 0.0F;
  return x;
}

/// The rule that keeps `kept` values of a position. count(rule) is how many of the position's a rule keeps.
template <class Count>
LIMPID_HD TopKRule find_top_k(int kept, int channels, const Count& count) {
  TopKRule rule;
  if (count(rule) <= kept) return rule;
  for (std::int32_t bit = 1 << 30; bit > 0; bit >>= 1) {
    TopKRule tried = rule;
    tried.least |= bit;
    const int found = count(tried);
    if (found == kept) return tried;
    if (found > kept) rule = tried;
  }
  // Equal values compete: the lowest last channel with which enough are kept.
  std::int32_t low = 0, high = channels - 1;
  while (low < high) {
    rule.last_channel = low + (high - low) / 2;
    if (count(rule) >= kept) {
      high = rule.last_channel;
    } else {
      low = rule.last_channel + 1;
    }
  }
  rule.last_channel = low;
  return rule;
}

}  // namespace limpid
