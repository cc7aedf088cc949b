// What the tests of the image side share.
#pragma once

#include <gtest/gtest.h>

#include <cmath>
#include <cstddef>
#include <cstring>
#include <map>
#include <random>
#include <span>
#include <vector>

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"

namespace limpid::test {

inline constexpr double kEpsilon = 0x1p-24;  ///< Rounding error of one fp32 operation, relative.

/// A stream over a team of that many threads, which lives to the end of the program.
inline Stream threads(int count) {
  static std::map<int, ThreadTeam> teams;
  return Stream{&teams.try_emplace(count, count).first->second, nullptr};
}

/// Independent values, uniform on [low, high).
inline std::vector<float> random_values(std::size_t count, float low, float high, unsigned seed) {
  std::mt19937 generator(seed);
  std::uniform_real_distribution<float> uniform(low, high);
  std::vector<float> values(count);
  for (float& value : values) value = uniform(generator);
  return values;
}

inline double dot(std::span<const float> a, std::span<const float> b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += static_cast<double>(a[i]) * static_cast<double>(b[i]);
  return sum;
}

inline double norm(std::span<const float> a) {
  return std::sqrt(dot(a, a));
}

/// |<A x, y> - <x, A* y>| <= tolerance |A x| |y|.
inline void expect_adjoint(std::span<const float> x, std::span<const float> ax, std::span<const float> y,
                           std::span<const float> aty, double tolerance) {
  const double scale = norm(ax) * norm(y);
  ASSERT_GT(scale, 0) << "nothing is proved by zeros";
  EXPECT_LE(std::abs(dot(ax, y) - dot(x, aty)), tolerance * scale);
}

inline bool same_bits(std::span<const float> a, std::span<const float> b) {
  return a.size() == b.size() && std::memcmp(a.data(), b.data(), a.size_bytes()) == 0;
}

/// Floats between two fences that `intact` finds broken when an operation writes beyond its output.
class FencedBuffer {
 public:
  explicit FencedBuffer(std::size_t count) : floats_(count + 2 * kFence, kMark) {}

  float* data() { return floats_.data() + kFence; }
  std::span<float> values() { return {data(), floats_.size() - 2 * kFence}; }
  bool intact() const {
    for (std::size_t i = 0; i < kFence; ++i) {
      if (floats_[i] != kMark || floats_[floats_.size() - 1 - i] != kMark) return false;
    }
    return true;
  }

 private:
  static constexpr std::size_t kFence = 16;
  static constexpr float kMark = -12345.0F;
  std::vector<float> floats_;
};

}  // namespace limpid::test
