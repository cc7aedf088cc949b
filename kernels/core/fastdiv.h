// Division by a number known before a kernel starts.
#pragma once

#include <cstdint>

#include "kernels/core/host_device.h"

namespace limpid {

/// Divides by one divisor with a multiplication and a shift, where a GPU needs some twenty instructions for a
/// division. T. Granlund, P. L. Montgomery: "Division by Invariant Integers using Multiplication", PLDI 1994.
class FastDivisor {
 public:
  /// 1 <= divisor < 2^31.
  explicit FastDivisor(std::int32_t divisor) : divisor_(static_cast<std::uint32_t>(divisor)) {
    while ((std::uint32_t{1} << shift_) < divisor_) ++shift_;
    const std::uint64_t rest = (std::uint64_t{1} << shift_) - divisor_;
    multiplier_ = static_cast<std::uint32_t>((rest << 32) / divisor_ + 1);
  }

  struct Result {
    std::int32_t quotient, remainder;
  };

  /// 0 <= n < 2^31.
  LIMPID_HD Result divide(std::int32_t n) const {
    const auto dividend = static_cast<std::uint32_t>(n);
    const auto high = static_cast<std::uint32_t>((std::uint64_t{dividend} * multiplier_) >> 32);
    const std::uint32_t quotient = (high + dividend) >> shift_;
    return {static_cast<std::int32_t>(quotient), static_cast<std::int32_t>(dividend - quotient * divisor_)};
  }

 private:
  std::uint32_t divisor_;
  std::uint32_t multiplier_ = 0;
  int shift_ = 0;
};

}  // namespace limpid
