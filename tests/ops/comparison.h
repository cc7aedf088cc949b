// What the tests of cases compare.
#pragma once

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <vector>

#include "tests/ops/op_case.h"

namespace limpid::test {

/// Value by value to the tolerance; a NaN or an infinity is to be met by the same, and nothing else is.
/// `relative`: besides, a part of each value.
inline void expect_within(const std::vector<double>& actual, const std::vector<double>& expected,
                          const Tolerance& tolerance, double relative = 0) {
  ASSERT_EQ(actual.size(), expected.size());
  double largest = 0;
  for (const double x : expected) {
    if (std::isfinite(x)) largest = std::max(largest, std::abs(x));
  }
  const double all = tolerance.of_largest * largest + tolerance.absolute;
  for (std::size_t i = 0; i < expected.size(); ++i) {
    if (std::isnan(expected[i])) {
      ASSERT_TRUE(std::isnan(actual[i])) << i << ": " << actual[i];
    } else if (std::isinf(expected[i])) {
      ASSERT_EQ(actual[i], expected[i]) << i;
    } else {
      ASSERT_LE(std::abs(actual[i] - expected[i]), all + relative * std::abs(expected[i]))
          << i << ": " << actual[i] << " for " << expected[i];
    }
  }
}

}  // namespace limpid::test
