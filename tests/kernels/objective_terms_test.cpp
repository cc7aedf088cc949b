// Objectives that look along vectors and at other images, several to an image: values against the definitions
// in double precision, gradients against their differences.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

#include "kernels/ops/objective_seed.h"
#include "tests/image/support.h"
#include "tests/kernels/activations.h"

namespace limpid {
namespace {

using namespace test;
using reference::Map;
using Maps = std::vector<Map>;

/// The channels of one position of a map times the vector, weighed by the cosine.
double along(const Map& map, int y, int x, const float* vector, double power) {
  double dot = 0, length = 0, vector_length = 0;
  for (int c = 0; c < map.c; ++c) {
    const double v = static_cast<double>(vector[c]);
    dot += map.at(c, y, x) * v;
    length += map.at(c, y, x) * map.at(c, y, x);
    vector_length += v * v;
  }
  const double cosine = dot / ((1e-4 + std::sqrt(length)) * (1e-4 + std::sqrt(vector_length)));
  return dot * std::pow(std::max(0.1, cosine), power);
}

/// The cosine between the channels of one position of a map and the vector.
double cosine_along(const Map& map, int y, int x, const float* vector) {
  double dot = 0, length = 0, vector_length = 0;
  for (int c = 0; c < map.c; ++c) {
    const double v = static_cast<double>(vector[c]);
    dot += map.at(c, y, x) * v;
    length += map.at(c, y, x) * map.at(c, y, x);
    vector_length += v * v;
  }
  return dot / ((1e-4 + std::sqrt(length)) * (1e-4 + std::sqrt(vector_length)));
}

/// Mean over the logical channels and all positions of f(a, b).
double mean_of(const Map& a, const Map& b, int channels, double (*f)(double, double)) {
  double sum = 0;
  for (std::size_t i = 0; i < a.values.size(); ++i) sum += f(a.values[i], b.values[i]);
  return sum / (channels * static_cast<double>(a.plane_size()));
}

/// The value of a term of image n.
double defined_value(const Maps& maps, const SlotTerm& term, int n) {
  const Map& map = maps[static_cast<std::size_t>(n)];
  const double power = static_cast<double>(term.cosine_power);
  double value = 0;
  switch (term.kind) {
    case TermKind::direction:
      if (term.box_h > 0) {
        value = along(map, term.y, term.x, term.vector, power);
        break;
      }
      for (int y = 0; y < map.h; ++y) {
        for (int x = 0; x < map.w; ++x) value += along(map, y, x, term.vector, power) / (map.h * map.w);
      }
      break;
    case TermKind::cosine:
      if (term.box_h > 0) {
        value = cosine_along(map, term.y, term.x, term.vector);
        break;
      }
      for (int y = 0; y < map.h; ++y) {
        for (int x = 0; x < map.w; ++x) value += cosine_along(map, y, x, term.vector) / (map.h * map.w);
      }
      break;
    case TermKind::patch:
      for (int i = 0; i < term.box_h * term.box_w; ++i) {
        value +=
            along(map, term.y + i / term.box_w, term.x + i % term.box_w, term.vector + i * map.c, power) /
            (term.box_h * term.box_w);
      }
      break;
    case TermKind::match:
      value = -mean_of(map, maps[static_cast<std::size_t>(term.reference)], term.channels,
                       [](double a, double b) { return std::abs(a - b); });
      break;
    case TermKind::align:
      for (int d = 1; d <= 4; ++d) {
        const int other = n + d * term.group_stride;
        if (other >= term.group_first + term.group_count * term.group_stride) break;
        value -= mean_of(map, maps[static_cast<std::size_t>(other)], term.channels,
                         [](double a, double b) { return (a - b) * (a - b); }) /
                 std::pow(2, d);
      }
      break;
    case TermKind::channel:
      for (std::size_t i = 0; i < map.plane_size(); ++i) {
        value += map.plane(term.channel)[i] / static_cast<double>(map.plane_size());
      }
      break;
    default:
      break;
  }
  return static_cast<double>(term.weight) * value;
}

/// Whose values the gradient of image n is of: its own, or those of all images of its group.
double defined_sum(const Maps& maps, const SlotTerm& term, int n) {
  if (term.kind != TermKind::align) return defined_value(maps, term, n);
  double sum = 0;
  for (int i = 0; i < term.group_count; ++i) {
    sum += defined_value(maps, term, term.group_first + i * term.group_stride);
  }
  return sum;
}

/// d f / d maps[n] by central differences, which in double precision are good to 1e-8 or so.
Map derivative(Maps maps, int n, const std::function<double(const Maps&)>& f) {
  constexpr double kStep = 0x1p-17;
  Map& map = maps[static_cast<std::size_t>(n)];
  Map slope(map.c, map.h, map.w);
  for (std::size_t i = 0; i < map.values.size(); ++i) {
    const double middle = map.values[i];
    map.values[i] = middle + kStep;
    const double above = f(maps);
    map.values[i] = middle - kStep;
    const double below = f(maps);
    map.values[i] = middle;
    slope.values[i] = (above - below) / (2 * kStep);
  }
  return slope;
}

/// One operation with what it writes.
struct Seeded {
  Seeded(Activations& map, const std::vector<SlotTerm>& terms, int columns, int workers,
         bool accumulate = false, float scale = 1)
      : gradient(map.shape()), values(static_cast<std::size_t>(map.shape().n * columns), 10) {
    const int per_image = static_cast<int>(terms.size()) / map.shape().n;
    cpu::objective_seed(threads(workers), {map.tensor(), gradient.tensor(), terms.data(), values.data(),
                                           accumulate, scale, per_image, columns});
  }

  Activations gradient;
  std::vector<double> values;
};

struct TermCase {
  std::string name;
  int channels, h, w;
  Layout layout = Layout::nchw8c;
  Surround surround = {};

  friend void PrintTo(const TermCase& c, std::ostream* out) { *out << c.name; }
};

class Terms : public testing::TestWithParam<TermCase> {
 protected:
  static constexpr int kImages = 6;
  static constexpr int kPadded = 3;  ///< Channels that hold zeros, as in vectors.

  Terms() : map_(batch()) {
    const int w = shape().channels;
    const int places = shape().h * shape().w;
    vectors_ = random_values(static_cast<std::size_t>(w * places), -1, 2, 7);
    for (int i = 0; i < w * places; ++i) {
      if (i % w >= w - kPadded) vectors_[static_cast<std::size_t>(i)] = 0;
    }
  }

  static ActivationShape shape() {
    const TermCase& c = GetParam();
    return {kImages, c.channels, c.h, c.w, c.layout, c.surround};
  }

  static Batch batch() {
    std::mt19937 random(3);
    return {shape(), [&] {
              Map map = normal_map(random, shape().channels, shape().h, shape().w);
              // Cosines on either side of 0.1, of numbers that fp32 has.
              for (double& value : map.values) value = static_cast<double>(static_cast<float>(value + 0.25));
              for (int c = map.c - kPadded; c < map.c; ++c) std::fill_n(map.plane(c), map.plane_size(), 0.0);
              return map;
            }};
  }

  SlotTerm term(TermKind kind, float weight) const {
    SlotTerm result;
    result.kind = kind;
    result.channels = shape().channels - kPadded;
    result.weight = weight;
    result.vector = vectors_.data();
    return result;
  }

  /// Every kind, on the whole map, at one position and on a patch, with and without a cosine.
  std::vector<SlotTerm> every_term() const {
    std::vector<SlotTerm> terms;
    for (const float power : {0.0F, 1.0F, 2.5F}) {
      SlotTerm one = term(TermKind::direction, 1.5F - power);
      one.cosine_power = power;
      one.y = shape().h / 2;
      one.x = shape().w / 3;
      terms.push_back(one);
      one.box_h = one.box_w = 1;
      terms.push_back(one);
      one.kind = TermKind::patch;
      one.box_h = shape().h - one.y;
      one.box_w = std::max(1, shape().w - one.x - 1);
      terms.push_back(one);
    }
    SlotTerm cosine = term(TermKind::cosine, 40);
    cosine.y = shape().h / 3;
    cosine.x = shape().w / 2;
    terms.push_back(cosine);
    cosine.box_h = cosine.box_w = 1;
    terms.push_back(cosine);
    SlotTerm match = term(TermKind::match, 2);
    match.reference = 4;
    terms.push_back(match);
    return terms;
  }

  void expect_gradient(const Map& actual, const Map& expected) {
    double largest = 0;
    for (const double value : expected.values) largest = std::max(largest, std::abs(value));
    for (std::size_t i = 0; i < actual.values.size(); ++i) {
      ASSERT_LE(std::abs(actual.values[i] - expected.values[i]), 16 * kEpsilon * largest + 1e-8) << i;
    }
  }

  Batch map_;
  std::vector<float> vectors_;
};

TEST_P(Terms, ValueAndGradientAreThoseOfTheDefinition) {
  for (const SlotTerm& one : every_term()) {
    SCOPED_TRACE(static_cast<int>(one.kind));
    SCOPED_TRACE(one.cosine_power);
    const std::vector<SlotTerm> terms(kImages, one);
    Seeded run(map_.activations, terms, 1, 2);
    for (int n = 0; n < kImages; ++n) {
      const double expected = defined_value(map_.maps, one, n);
      EXPECT_NEAR(run.values[static_cast<std::size_t>(n)], expected, 1e-12 * (std::abs(expected) + 1));
      if (one.kind == TermKind::match && n == one.reference) continue;  // No derivative at equality.
      expect_gradient(run.gradient.map(n), derivative(map_.maps, n, [&](const Maps& maps) {
                        return defined_value(maps, one, n);
                      }));
    }
    EXPECT_TRUE(run.gradient.surroundings_intact());
  }
}

TEST_P(Terms, AlignmentIsThatOfItsGroup) {
  struct Group {
    int first, count, stride;
  };
  for (const Group& group : {Group{0, 6, 1}, Group{1, 3, 2}, Group{2, 1, 1}}) {
    SCOPED_TRACE(group.first);
    SlotTerm one = term(TermKind::align, -0.75F);
    one.group_first = group.first;
    one.group_count = group.count;
    one.group_stride = group.stride;
    std::vector<SlotTerm> terms(kImages);
    for (int i = 0; i < group.count; ++i) {
      terms[static_cast<std::size_t>(group.first + i * group.stride)] = one;
    }
    Seeded run(map_.activations, terms, 1, 2);
    for (int n = 0; n < kImages; ++n) {
      const SlotTerm& of_image = terms[static_cast<std::size_t>(n)];
      const double expected = defined_value(map_.maps, of_image, n);
      EXPECT_NEAR(run.values[static_cast<std::size_t>(n)], expected, 1e-12 * (std::abs(expected) + 1));
      expect_gradient(run.gradient.map(n), derivative(map_.maps, n, [&](const Maps& maps) {
                        return defined_sum(maps, of_image, n);
                      }));
    }
  }
}

TEST_P(Terms, AnImageHasTheSumOfItsTerms) {
  const std::vector<SlotTerm> each = every_term();
  std::vector<SlotTerm> terms;
  for (int n = 0; n < kImages; ++n) {  // A watched term between those that count, and one that is not there.
    const auto at = static_cast<std::size_t>(n);
    terms.push_back(each[at]);
    terms.push_back(each[at + 1]);
    terms.back().column = 2;
    terms.push_back(each[at + 2]);
    terms.push_back({});
  }
  for (const bool accumulate : {false, true}) {
    Seeded run(map_.activations, terms, 4, 2, accumulate, 512);
    const double before = accumulate ? 10 : 0;
    for (int n = 0; n < kImages; ++n) {
      const SlotTerm* own = &terms[static_cast<std::size_t>(n) * 4];
      const auto counted = [&](const Maps& maps) {
        return defined_value(maps, own[0], n) + defined_value(maps, own[2], n);
      };
      const double expected[] = {counted(map_.maps), 0, defined_value(map_.maps, own[1], n), 0};
      for (int column = 0; column < 4; ++column) {
        EXPECT_NEAR(run.values[static_cast<std::size_t>(n * 4 + column)], before + expected[column],
                    1e-12 * (std::abs(expected[column]) + 10));
      }
      Map slope = derivative(map_.maps, n, counted);
      for (double& value : slope.values) value *= 512;
      Map actual = run.gradient.map(n);
      double largest = 0;
      for (const double value : slope.values) largest = std::max(largest, std::abs(value));
      if (n == own[0].reference || n == own[2].reference) continue;
      for (std::size_t i = 0; i < actual.values.size(); ++i) {
        ASSERT_LE(std::abs(actual.values[i] - slope.values[i]), 32 * kEpsilon * largest + 512e-8) << n;
      }
    }
  }
}

TEST_P(Terms, TheNumberOfThreadsChangesNoBit) {
  std::vector<SlotTerm> terms;
  const std::vector<SlotTerm> each = every_term();
  for (int n = 0; n < kImages; ++n) terms.insert(terms.end(), each.begin(), each.end());
  Seeded one(map_.activations, terms, 1, 1), three(map_.activations, terms, 1, 3);
  EXPECT_EQ(one.values, three.values);
  EXPECT_TRUE(same_bits(one.gradient.values(), three.gradient.values()));
}

INSTANTIATE_TEST_SUITE_P(Cases, Terms,
                         testing::Values(TermCase{"logits", 208, 1, 1}, TermCase{"odd", 24, 7, 5},
                                         TermCase{"slice", 16, 4, 4, Layout::nchw8c, {1, 2}},
                                         TermCase{"one_group_nhwc", 8, 3, 6, Layout::nhwc, {0, 1}}),
                         [](const auto& info) { return info.param.name; });

/// Whole numbers on 4 x 4 maps of 16 channels: every mean is exact.
class ExactTerms : public testing::Test {
 protected:
  static constexpr ActivationShape kShape{4, 16, 4, 4};

  ExactTerms() : map_(batch()) {}

  static Batch batch() {
    std::mt19937 random(11);
    return integer_batch(random, kShape, 7);
  }

  Batch map_;
};

TEST_F(ExactTerms, Direction) {
  std::vector<float> vector(16);
  for (int c = 0; c < 16; ++c) vector[static_cast<std::size_t>(c)] = static_cast<float>(c - 5);
  SlotTerm term;
  term.kind = TermKind::direction;
  term.channels = 16;
  term.weight = 2;
  term.vector = vector.data();
  Seeded run(map_.activations, std::vector<SlotTerm>(4, term), 1, 1);
  for (int n = 0; n < 4; ++n) {
    const Map& map = map_.maps[static_cast<std::size_t>(n)];
    double sum = 0;
    for (int c = 0; c < 16; ++c) {
      for (std::size_t i = 0; i < 16; ++i) sum += map.plane(c)[i] * (c - 5);
    }
    EXPECT_EQ(run.values[static_cast<std::size_t>(n)], sum / 8);
    run.gradient.for_each(
        [&](float g, int, int c, int, int) { ASSERT_EQ(g, static_cast<float>(c - 5) / 8); });
  }
}

/// Channels of lengths 5 and 13, along vectors of lengths 5 and 0: what they are short of whole numbers is the
/// 1e-4 that is added to each length.
TEST(ExactCosine, IsThatOfTheAngleAlone) {
  const ActivationShape shape{2, 8, 2, 2};
  Activations map(shape), gradient(shape);
  map.for_each([](float& element, int n, int c, int h, int w) {
    const bool strong = n == 1;
    const float pair[2][2] = {{3, 4}, {-5, 12}};
    element = c < 2 && w == 0 ? (strong ? 1024.0F : 1.0F) * pair[h][c] : 0.0F;  // Where w is 1, nothing.
  });
  const std::vector<float> vector = {4, 3, 0, 0, 0, 0, 0, 0};
  SlotTerm whole;
  whole.kind = TermKind::cosine;
  whole.channels = 8;
  whole.weight = 4;
  whole.vector = vector.data();
  SlotTerm one = whole;
  one.y = 1;
  one.box_h = one.box_w = 1;
  one.column = 1;
  Seeded run(map, {whole, one, whole, one}, 2, 1);
  const double along = 24.0 / (5.0001 * 5.0001), against = 16.0 / (13.0001 * 5.0001);
  EXPECT_DOUBLE_EQ(run.values[0], along + against);
  EXPECT_DOUBLE_EQ(run.values[1], 4 * against);
  // A thousand times as strong, nearly the same: the sum of both lengths' shares of 1e-4.
  EXPECT_NEAR(run.values[2], run.values[0], 1e-4 * (1.0 / 5 + 1.0 / 13));
  for (int w = 0; w < 2; ++w) {
    for (int h = 0; h < 2; ++h) {
      for (int c = 0; c < 8; ++c) {
        const double x[2] = {h == 0 ? 3.0 : -5.0, h == 0 ? 4.0 : 12.0}, length = h == 0 ? 5 : 13;
        const double cosine = h == 0 ? along : against;
        const double v = c < 2 ? double{vector[static_cast<std::size_t>(c)]} : 0;
        const double own = c < 2 ? x[c] : 0;
        const double expected =
            w == 1 ? 0 : v / ((1e-4 + length) * 5.0001) - cosine * own / ((1e-4 + length) * length);
        const double actual = static_cast<double>(run.gradient.at(0, c, h, w));
        EXPECT_NEAR(actual, expected, 4 * kEpsilon) << c << " " << h << " " << w;
      }
    }
  }
}

TEST_F(ExactTerms, MatchAndItsTies) {
  SlotTerm term;
  term.kind = TermKind::match;
  term.channels = 16;
  term.weight = 256;
  term.reference = 3;
  Seeded run(map_.activations, std::vector<SlotTerm>(4, term), 1, 1);
  const Map& other = map_.maps[3];
  int ties = 0;
  for (int n = 0; n < 4; ++n) {
    const Map& map = map_.maps[static_cast<std::size_t>(n)];
    double sum = 0;
    for (std::size_t i = 0; i < map.values.size(); ++i) sum += std::abs(map.values[i] - other.values[i]);
    EXPECT_EQ(run.values[static_cast<std::size_t>(n)], -sum);
    const Map gradient = run.gradient.map(n);
    for (std::size_t i = 0; i < map.values.size(); ++i) {
      const double difference = map.values[i] - other.values[i];
      ties += n < 3 && difference == 0 ? 1 : 0;
      ASSERT_EQ(gradient.values[i], difference > 0 ? -1 : difference < 0 ? 1 : 0);
    }
  }
  EXPECT_GT(ties, 10);
}

TEST_F(ExactTerms, Alignment) {
  SlotTerm term;
  term.kind = TermKind::align;
  term.channels = 16;
  term.weight = 256;
  term.group_count = 4;
  Seeded run(map_.activations, std::vector<SlotTerm>(4, term), 1, 1);
  for (int n = 0; n < 4; ++n) {
    double value = 0;
    Map slope(16, 4, 4);
    for (int m = 0; m < 4; ++m) {
      for (std::size_t i = 0; i < slope.values.size() && m != n; ++i) {
        const double difference = map_.maps[static_cast<std::size_t>(n)].values[i] -
                                  map_.maps[static_cast<std::size_t>(m)].values[i];
        const double factor = std::ldexp(1.0, -std::abs(n - m));
        if (m > n) value -= factor * difference * difference;
        slope.values[i] -= 2 * factor * difference;
      }
    }
    EXPECT_EQ(run.values[static_cast<std::size_t>(n)], value);
    EXPECT_EQ(run.gradient.map(n).values, slope.values);
  }
}

TEST(TermsAtZero, ACosineOfNothingHasAFiniteGradient) {
  const ActivationShape shape{1, 8, 2, 2};
  Activations map(shape);
  map.for_each([](float& element, int, int, int, int) { element = 0; });
  const std::vector<float> vector(8, 3);
  SlotTerm term;
  term.kind = TermKind::direction;
  term.channels = 8;
  term.cosine_power = 1;
  term.vector = vector.data();
  Seeded run(map, {term}, 1, 1);
  EXPECT_EQ(run.values[0], 0);
  run.gradient.for_each(
      [](float g, int, int, int, int) { ASSERT_NEAR(static_cast<double>(g), 0.1 * 3 / 4, 1e-7); });
}

TEST(TermsNotFinite, ANaNReachesTheValueOfEveryTermThatReadsIt) {
  const ActivationShape shape{2, 16, 3, 3};
  Activations map(shape);
  map.for_each([](float& element, int, int, int, int) { element = 1; });
  map.at(1, 9, 1, 2) = std::numeric_limits<float>::quiet_NaN();
  const std::vector<float> vector(16, 1);
  struct Read {
    TermKind kind;
    int box = 0;
  };
  for (const auto [kind, box] : {Read{TermKind::direction}, Read{TermKind::direction, 1},
                                 Read{TermKind::cosine}, Read{TermKind::match}, Read{TermKind::align}}) {
    for (const float power : {0.0F, 2.0F}) {
      SlotTerm term;
      term.kind = kind;
      term.channels = 16;
      term.y = 1;
      term.x = 2;
      term.box_h = term.box_w = box;
      term.cosine_power = power;
      term.vector = vector.data();
      term.group_count = 2;
      SlotTerm first = term;
      first.reference = 1;
      Seeded run(map, {first, term}, 1, 1);
      const bool reads_the_other = kind == TermKind::match || kind == TermKind::align;
      EXPECT_EQ(std::isnan(run.values[0]), reads_the_other);
      EXPECT_EQ(std::isnan(run.values[1]),
                kind != TermKind::align);  // The last has nothing after it.
    }
  }
}

}  // namespace
}  // namespace limpid
