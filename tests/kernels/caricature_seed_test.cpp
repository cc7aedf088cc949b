#include "kernels/ops/caricature_seed.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <ostream>
#include <string>
#include <vector>

#include "tests/image/support.h"
#include "tests/kernels/activations.h"

namespace limpid::caricature_seed_test {
namespace {

using namespace test;
using reference::Map;

double defined_value(const Map& map, const Map& other, const SlotTerm& term) {
  const double product = dot(map, other);
  const double cosine = product / ((1e-6 + norm(map)) * (1e-6 + norm(other)));
  return static_cast<double>(term.weight) * product *
         std::pow(std::max(0.1, cosine), static_cast<double>(term.cosine_power));
}

SlotTerm caricature(int reference, float weight, float power, int column = 0) {
  SlotTerm term;
  term.kind = TermKind::caricature;
  term.reference = reference;
  term.weight = weight;
  term.cosine_power = power;
  term.column = column;
  return term;
}

/// The operation on a gradient of fives and values of ten, with what it wrote.
struct Caricatured {
  Caricatured(Activations& map, const std::vector<SlotTerm>& terms, int columns, int workers, float scale = 1)
      : gradient(map.shape()), values(static_cast<std::size_t>(map.shape().n * columns), 10) {
    gradient.for_each([](float& element, int, int, int, int) { element = 5; });
    const int per_image = static_cast<int>(terms.size()) / map.shape().n;
    std::vector<double> scratch(caricature_scratch(map.shape().n, per_image));
    cpu::caricature_seed(threads(workers), {map.tensor(), gradient.tensor(), terms.data(), values.data(),
                                            scratch.data(), scale, per_image, columns});
  }

  Activations gradient;
  std::vector<double> values;
};

struct CaricatureCase {
  std::string name;
  int channels, h, w;
  Layout layout = Layout::nchw8c;
  Surround surround = {};

  ActivationShape shape() const { return {3, channels, h, w, layout, surround}; }

  friend void PrintTo(const CaricatureCase& c, std::ostream* out) { *out << c.name; }
};

class Caricature : public ::testing::TestWithParam<CaricatureCase> {
 protected:
  /// About half of the values agree in sign, so that cosines are above 0.1 for images 0 and 1, and image 2
  /// points the other way.
  static Batch batch() {
    std::mt19937 random(5);
    const ActivationShape s = GetParam().shape();
    const Map common = normal_map(random, s.channels, s.h, s.w);
    int image = 0;
    return {s, [&] {
              Map map = normal_map(random, s.channels, s.h, s.w);
              for (std::size_t i = 0; i < map.values.size(); ++i) {
                const double sum = map.values[i] + (image == 2 ? -1 : 1) * common.values[i];
                map.values[i] = static_cast<double>(static_cast<float>(sum));
              }
              ++image;
              return map;
            }};
  }

  Batch map_ = batch();
};

TEST_P(Caricature, ValueAndGradientAreThoseOfTheDefinition) {
  constexpr double kStep = 0x1p-17;
  for (const float power : {0.0F, 1.0F, 3.5F}) {
    SCOPED_TRACE(power);
    std::vector<SlotTerm> terms;
    for (int n = 0; n < 3; ++n) terms.push_back(caricature(1 - n / 2, 0.5F, power));
    terms[1].reference = 0;
    Caricatured run(map_.activations, terms, 1, 2);
    for (int n = 0; n < 3; ++n) {
      if (n == terms[static_cast<std::size_t>(n)].reference) continue;
      const SlotTerm& term = terms[static_cast<std::size_t>(n)];
      Map map = map_.maps[static_cast<std::size_t>(n)];
      const Map& other = map_.maps[static_cast<std::size_t>(term.reference)];
      const double expected = defined_value(map, other, term);
      EXPECT_NEAR(run.values[static_cast<std::size_t>(n)], 10 + expected, 1e-12 * (std::abs(expected) + 10));
      const Map actual = run.gradient.map(n);
      for (std::size_t i = 0; i < map.values.size(); ++i) {
        const double middle = map.values[i];
        map.values[i] = middle + kStep;
        const double above = defined_value(map, other, term);
        map.values[i] = middle - kStep;
        const double below = defined_value(map, other, term);
        map.values[i] = middle;
        const double slope = (above - below) / (2 * kStep);
        // Two products of size one to four are added to five; the differences are of values near |expected|.
        ASSERT_NEAR(actual.values[i], 5 + slope, 64 * kEpsilon + 1e-10 * std::abs(expected)) << i;
      }
    }
    EXPECT_TRUE(run.gradient.surroundings_intact());
    EXPECT_TRUE(map_.activations.surroundings_intact());
  }
}

TEST_P(Caricature, OtherTermsAndWatchedOnesLeaveTheGradient) {
  std::vector<SlotTerm> terms;
  for (int n = 0; n < 3; ++n) {
    SlotTerm plain;
    plain.kind = TermKind::channel;
    terms.push_back(plain);
    terms.push_back(caricature(2, 2, 1, 1));
  }
  Caricatured run(map_.activations, terms, 2, 2);
  for (int n = 0; n < 3; ++n) {
    const double expected = defined_value(map_.maps[static_cast<std::size_t>(n)], map_.maps[2],
                                          terms[static_cast<std::size_t>(2 * n + 1)]);
    EXPECT_EQ(run.values[static_cast<std::size_t>(2 * n)], 10);
    EXPECT_NEAR(run.values[static_cast<std::size_t>(2 * n + 1)], 10 + expected,
                1e-12 * (std::abs(expected) + 10));
  }
  run.gradient.for_each([](float g, int, int, int, int) { ASSERT_EQ(g, 5); });
}

TEST_P(Caricature, TheNumberOfThreadsChangesNoBit) {
  const std::vector<SlotTerm> terms = {caricature(1, 1, 2), caricature(2, 1, 1), caricature(0, -1, 0)};
  Caricatured one(map_.activations, terms, 1, 1), three(map_.activations, terms, 1, 3);
  EXPECT_EQ(one.values, three.values);
  EXPECT_TRUE(same_bits(one.gradient.values(), three.gradient.values()));
}

INSTANTIATE_TEST_SUITE_P(Cases, Caricature,
                         ::testing::Values(CaricatureCase{"logits", 208, 1, 1},
                                           CaricatureCase{"odd", 24, 7, 5},
                                           CaricatureCase{"slice", 16, 4, 4, Layout::nchw8c, {1, 2}},
                                           CaricatureCase{"one_group_nhwc", 8, 3, 6, Layout::nhwc, {0, 1}}),
                         [](const auto& info) { return info.param.name; });

TEST(CaricatureExact, TheDotProductOfIntegers) {
  std::mt19937 random(9);
  Batch map = integer_batch(random, {2, 16, 5, 3}, 9);
  Caricatured run(map.activations, {caricature(1, 4, 0), caricature(0, 1, 0)}, 1, 2, 32);
  EXPECT_EQ(run.values[0], 10 + 4 * dot(map.maps[0], map.maps[1]));
  EXPECT_EQ(run.values[1], 10 + dot(map.maps[0], map.maps[1]));
  const Map gradient = run.gradient.map(0);
  for (std::size_t i = 0; i < gradient.values.size(); ++i) {
    ASSERT_EQ(gradient.values[i], 5 + 128 * map.maps[1].values[i]);
  }
}

TEST(CaricatureExact, AMapOfZerosHasAFiniteGradient) {
  std::mt19937 random(9);
  Batch map = integer_batch(random, {2, 8, 2, 2}, 3);
  map.activations.set(0, Map(8, 2, 2));
  Caricatured run(map.activations, {caricature(1, 1, 1), caricature(0, 1, 1)}, 1, 1);
  EXPECT_EQ(run.values[0], 10);
  EXPECT_EQ(run.values[1], 10);
  const Map gradient = run.gradient.map(0);
  for (std::size_t i = 0; i < gradient.values.size(); ++i) {
    ASSERT_NEAR(gradient.values[i], 5 + 0.1 * map.maps[1].values[i], 16 * kEpsilon);
  }
}

}  // namespace
}  // namespace limpid::caricature_seed_test
