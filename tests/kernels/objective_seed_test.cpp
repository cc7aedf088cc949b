#include "kernels/ops/objective_seed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

#include "tests/image/support.h"
#include "tests/kernels/activations.h"

namespace limpid::objective_seed_test {
namespace {

using namespace test;
using reference::Map;

/// The definition of the terms that read one channel, at one position or all, or all squares, in double
/// precision.
double defined_value(const Map& map, const SlotTerm& term) {
  double sum = 0;
  switch (term.kind) {
    case TermKind::none:
      return 0;
    case TermKind::channel:
      if (term.box_h > 0) {
        return static_cast<double>(term.weight) * map.at(term.channel, term.y, term.x);
      }
      for (std::size_t i = 0; i < map.plane_size(); ++i) sum += map.plane(term.channel)[i];
      return static_cast<double>(term.weight) * sum / static_cast<double>(map.plane_size());
    case TermKind::layer:
      for (const double value : map.values) sum += value * value;
      return static_cast<double>(term.weight) * sum / (term.channels * static_cast<double>(map.plane_size()));
    default:
      break;
  }
  return std::numeric_limits<double>::quiet_NaN();
}

Map defined_gradient(const Map& map, const SlotTerm& term) {
  Map gradient(map.c, map.h, map.w);
  const double weight = static_cast<double>(term.weight);
  for (int c = 0; c < map.c; ++c) {
    for (int y = 0; y < map.h; ++y) {
      for (int x = 0; x < map.w; ++x) {
        const bool channel = c == term.channel;
        double& g = gradient.at(c, y, x);
        switch (term.kind) {
          case TermKind::none:
            break;
          case TermKind::channel:
            if (term.box_h > 0) {
              g = channel && y == term.y && x == term.x ? weight : 0;
            } else {
              g = channel ? weight / static_cast<double>(map.plane_size()) : 0;
            }
            break;
          case TermKind::layer:
            g = 2 * weight * map.at(c, y, x) / (term.channels * static_cast<double>(map.plane_size()));
            break;
          default:
            g = std::numeric_limits<double>::quiet_NaN();
            break;
        }
      }
    }
  }
  return gradient;
}

/// Every such kind, positive and negative weights, channels in first and last groups.
std::vector<SlotTerm> all_terms(const ActivationShape& s) {
  return {
      {TermKind::channel, 0, 0, 0, s.channels, 1},
      {TermKind::channel, s.channels - 1, s.h - 1, s.w / 2, s.channels, -0.5F, 1, 1},
      {TermKind::none},
      {TermKind::layer, 0, 0, 0, s.channels - 3, 2},
      {TermKind::channel, s.channels - 3, 0, 0, s.channels, -1.25F},
      {TermKind::channel, 5, 0, 0, s.channels, 3, 1, 1},
  };
}

struct SeedCase {
  std::string name;
  int channels, h, w;
  Layout layout = Layout::nchw8c;
  Surround surround = {};

  ActivationShape shape() const { return {6, channels, h, w, layout, surround}; }

  friend void PrintTo(const SeedCase& c, std::ostream* out) { *out << c.name; }
};

class Seed : public ::testing::TestWithParam<SeedCase> {};

TEST_P(Seed, EverySlotHasItsOwnTerm) {
  const ActivationShape shape = GetParam().shape();
  std::mt19937 random(1);
  Batch map = normal_batch(random, shape);
  for (std::size_t n = 0; n < map.maps.size(); ++n) {  // The padded channels of a map hold zeros.
    for (int c = shape.channels - 3; c < shape.channels && n == 3; ++c) {
      std::fill_n(map.maps[n].plane(c), map.maps[n].plane_size(), 0.0);
    }
    map.activations.set(static_cast<int>(n), map.maps[n]);
  }
  const std::vector<SlotTerm> terms = all_terms(shape);
  for (const bool accumulate : {false, true}) {
    Activations gradient(shape);
    std::vector<double> values(terms.size() + 1, 10);
    cpu::objective_seed(
        threads(2), {map.activations.tensor(), gradient.tensor(), terms.data(), values.data(), accumulate});
    for (std::size_t n = 0; n < terms.size(); ++n) {
      const double expected = defined_value(map.maps[n], terms[n]) + (accumulate ? 10 : 0);
      EXPECT_NEAR(values[n], expected, 1e-13 * (std::abs(expected) + 1)) << n;
      const Map expected_gradient = defined_gradient(map.maps[n], terms[n]);
      const Map actual = gradient.map(static_cast<int>(n));
      for (std::size_t i = 0; i < actual.values.size(); ++i) {
        ASSERT_LE(std::abs(actual.values[i] - expected_gradient.values[i]),
                  6 * kEpsilon * std::abs(expected_gradient.values[i]))
            << n << " " << i;
      }
    }
    EXPECT_EQ(values.back(), 10);
    EXPECT_TRUE(gradient.surroundings_intact());
    EXPECT_TRUE(map.activations.surroundings_intact());
  }
}

TEST_P(Seed, GradientIsTheDerivative) {
  // All are polynomials of degree two: central differences are exact up to rounding.
  const ActivationShape shape = GetParam().shape();
  std::mt19937 random(2);
  Batch map = integer_batch(random, shape, 8);
  Batch direction = integer_batch(random, shape, 2);
  std::vector<SlotTerm> terms = all_terms(shape);
  const auto values_at = [&](int by) {
    std::size_t i = 0;
    Batch moved(shape, [&] {
      Map result = map.maps[i];
      for (std::size_t j = 0; j < result.values.size(); ++j) {
        result.values[j] += by * direction.maps[i].values[j];
      }
      ++i;
      return result;
    });
    std::vector<double> values(terms.size());
    Activations gradient(shape);
    cpu::objective_seed(threads(1),
                        {moved.activations.tensor(), gradient.tensor(), terms.data(), values.data(), false});
    return values;
  };
  Activations gradient(shape);
  std::vector<double> values(terms.size());
  cpu::objective_seed(threads(1),
                      {map.activations.tensor(), gradient.tensor(), terms.data(), values.data(), false});
  const std::vector<double> above = values_at(1), below = values_at(-1);
  for (std::size_t n = 0; n < terms.size(); ++n) {
    const Map slope = gradient.map(static_cast<int>(n));
    EXPECT_NEAR((above[n] - below[n]) / 2, dot(slope, direction.maps[n]),
                6 * kEpsilon * norm(slope) * norm(direction.maps[n]) + 1e-12)
        << n;
  }
}

TEST_P(Seed, GradientScaleChangesTheGradientAlone) {
  const ActivationShape shape = GetParam().shape();
  std::mt19937 random(3);
  Batch map = normal_batch(random, shape);
  const std::vector<SlotTerm> terms = all_terms(shape);
  Activations gradient(shape), scaled(shape);
  std::vector<double> values(terms.size()), same_values(terms.size());
  cpu::objective_seed(threads(1),
                      {map.activations.tensor(), gradient.tensor(), terms.data(), values.data(), false});
  cpu::objective_seed(
      threads(1), {map.activations.tensor(), scaled.tensor(), terms.data(), same_values.data(), false, 1024});
  EXPECT_EQ(same_values, values);
  gradient.for_each([&](float g, int n, int c, int h, int w) {
    ASSERT_EQ(scaled.at(n, c, h, w), 1024 * g);  // A power of two: exact.
  });
}

INSTANTIATE_TEST_SUITE_P(Cases, Seed,
                         ::testing::Values(SeedCase{"logits", 208, 1, 1}, SeedCase{"odd", 24, 7, 5},
                                           SeedCase{"slice", 16, 4, 4, Layout::nchw8c, {1, 2}},
                                           SeedCase{"one_group_nhwc", 8, 3, 6, Layout::nhwc, {0, 1}}),
                         [](const auto& info) { return info.param.name; });

TEST(SeedNotFinite, ANaNReachesTheValueOfEveryTermThatReadsIt) {
  const ActivationShape shape{5, 16, 3, 3};
  Activations map(shape), gradient(shape);
  map.for_each([](float& element, int, int, int, int) { element = 1; });
  for (int n = 0; n < 5; ++n) map.at(n, 9, 1, 2) = std::numeric_limits<float>::quiet_NaN();
  const std::vector<SlotTerm> terms = {
      {TermKind::channel, 9, 0, 0, 16, 1},       {TermKind::channel, 9, 1, 2, 16, 1, 1, 1},
      {TermKind::layer, 0, 0, 0, 16, 1},         {TermKind::channel, 8, 0, 0, 16, 1},
      {TermKind::channel, 9, 1, 1, 16, 1, 1, 1},
  };
  std::vector<double> values(5);
  cpu::objective_seed(threads(1), {map.tensor(), gradient.tensor(), terms.data(), values.data(), false});
  for (std::size_t n = 0; n < 5; ++n) EXPECT_EQ(std::isnan(values[n]), n < 3) << n;
}

}  // namespace
}  // namespace limpid::objective_seed_test
