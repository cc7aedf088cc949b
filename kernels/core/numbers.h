// Numbers from outside that are no render options: finite and in a range, which an error names.
#pragma once

#include <fmt/format.h>

#include <limits>
#include <string>
#include <string_view>

#include "kernels/core/error.h"

namespace limpid {

inline constexpr float kLargestNumber = std::numeric_limits<float>::max();

/// False for infinities and NaN.
inline bool in_range(double value, double least, double most) {
  return value >= least && value <= most && value - value == 0;
}

inline std::string number_range(double least, double most) {
  // In as few digits as give the number of fp32.
  return fmt::format("a number from {} to {}", static_cast<float>(least), static_cast<float>(most));
}

/// Throws Error{usage} naming `what`, the value and the range.
template <class Number>
void check_number(std::string_view what, Number value, double least, double most) {
  if (in_range(value, least, most)) return;
  fail_usage("{} {} is out of range: {}", what, value, number_range(least, most));
}

}  // namespace limpid
