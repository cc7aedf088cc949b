// Every term of a map that ObjectiveSeed computes, several to an image: values against the definitions in double
// precision, gradients against their differences.
#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <ostream>
#include <random>
#include <string>
#include <vector>

#include "tests/kernels/seeded.h"
#include "tests/kernels/terms_of_table.h"

namespace limpid::objective_terms_test {
namespace {

using namespace test;
using reference::Map;
using Maps = std::vector<Map>;

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

/// The channels of one position of a map times the vector, weighed by the cosine.
double along(const Map& map, int y, int x, const float* vector, double power) {
  double dot = 0;
  for (int c = 0; c < map.c; ++c) dot += map.at(c, y, x) * static_cast<double>(vector[c]);
  return dot * std::pow(std::max(0.1, cosine_along(map, y, x, vector)), power);
}

/// Mean of f(y, x) over the positions that a term reads.
template <class F>
double mean_over_box(const Map& map, const SlotTerm& term, const F& f) {
  const bool whole = term.box_h == 0;
  const int h = whole ? map.h : term.box_h, w = whole ? map.w : term.box_w;
  double sum = 0;
  for (int i = 0; i < h * w; ++i) sum += f((whole ? 0 : term.y) + i / w, (whole ? 0 : term.x) + i % w);
  return sum / (h * w);
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
  const auto mean = [&](const auto& f) { return mean_over_box(map, term, f); };
  const auto unweighed = [&]() -> double {
    switch (term.kind) {
      case TermKind::channel:
        return mean([&](int y, int x) { return map.at(term.channel, y, x); });
      case TermKind::layer:
        return mean_of(map, map, term.channels, [](double a, double b) { return a * b; });
      case TermKind::direction:
        return mean([&](int y, int x) { return along(map, y, x, term.vector, power); });
      case TermKind::patch:
        return mean([&](int y, int x) {
          const int place = (y - term.y) * term.box_w + x - term.x;
          return along(map, y, x, term.vector + place * map.c, power);
        });
      case TermKind::cosine:
        return mean([&](int y, int x) { return cosine_along(map, y, x, term.vector); });
      case TermKind::match:
        return -mean_of(map, maps[static_cast<std::size_t>(term.reference)], term.channels,
                        [](double a, double b) { return std::abs(a - b); });
      case TermKind::align: {
        double sum = 0;
        for (int d = 1; d <= 4; ++d) {
          const int other = n + d * term.group_stride;
          if (other >= term.group_first + term.group_count * term.group_stride) break;
          sum += mean_of(map, maps[static_cast<std::size_t>(other)], term.channels,
                         [](double a, double b) { return (a - b) * (a - b); }) /
                 std::pow(2, d);
        }
        return -sum;
      }
      case TermKind::none:
        return 0;
      default:
        ADD_FAILURE() << row_of(term.kind).example << " has no definition here";
        return 0;
    }
  };
  return static_cast<double>(term.weight) * unweighed();
}

/// Whose values the gradient of image n is of: its own, or those of all images of its group.
double defined_sum(const Maps& maps, const SlotTerm& term, int n) {
  if (term.kind == TermKind::none || !row_of(term.kind).compares_images) return defined_value(maps, term, n);
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

struct TermCase {
  std::string name;
  int channels, h, w;
  Layout layout = Layout::nchw8c;
  Surround surround = {};

  friend void PrintTo(const TermCase& c, std::ostream* out) { *out << c.name; }
};

class Terms : public ::testing::TestWithParam<TermCase> {
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

  /// Every kind, on all that it may read, with and without a power of the cosine.
  std::vector<SlotTerm> every_term() const {
    SlotTerm given = term(TermKind::none, 1.5F);
    given.channel = shape().channels - kPadded - 1;
    given.y = shape().h / 2;
    given.x = shape().w / 3;
    given.reference = 4;
    given.group_count = kImages;
    return seed_terms(given, shape().h, shape().w, {0, 1, 2.5F});
  }

  /// Where a term has no derivative: a photo's own image.
  static bool has_a_kink(const SlotTerm& term, int n) {
    return row_of(term.kind).reads_photo() && n == term.reference;
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
    SCOPED_TRACE(row_of(one.kind).example);
    SCOPED_TRACE(one.box_h);
    SCOPED_TRACE(one.cosine_power);
    const std::vector<SlotTerm> terms(kImages, one);
    Seeded run(map_.activations, terms, 1, 2);
    for (int n = 0; n < kImages; ++n) {
      const double expected = defined_value(map_.maps, one, n);
      EXPECT_NEAR(run.values[static_cast<std::size_t>(n)], expected, 1e-12 * (std::abs(expected) + 1));
      if (has_a_kink(one, n)) continue;
      expect_gradient(run.gradient.map(n),
                      derivative(map_.maps, n, [&](const Maps& maps) { return defined_sum(maps, one, n); }));
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
  std::vector<SlotTerm> each = every_term(), terms;
  std::erase_if(each, [](const SlotTerm& one) { return row_of(one.kind).compares_images; });
  const auto number = [&](int i) { return each[static_cast<std::size_t>(i) % each.size()]; };
  for (int n = 0; n < kImages; ++n) {  // A watched term between those that count, and one that is not there.
    terms.push_back(number(3 * n));
    terms.push_back(number(3 * n + 1));
    terms.back().column = 2;
    terms.push_back(number(3 * n + 2));
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
      if (has_a_kink(own[0], n) || has_a_kink(own[2], n)) continue;
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
                         ::testing::Values(TermCase{"logits", 208, 1, 1}, TermCase{"odd", 24, 7, 5},
                                           TermCase{"slice", 16, 4, 4, Layout::nchw8c, {1, 2}},
                                           TermCase{"one_group_nhwc", 8, 3, 6, Layout::nhwc, {0, 1}}),
                         [](const auto& info) { return info.param.name; });

}  // namespace
}  // namespace limpid::objective_terms_test
