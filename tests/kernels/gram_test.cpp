#include "kernels/ops/gram.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <ostream>
#include <string>
#include <vector>

#include "tests/image/support.h"
#include "tests/kernels/activations.h"

namespace limpid::gram_test {
namespace {

using namespace test;
using reference::Map;
using Matrix = std::vector<double>;  ///< C x C.
using Matrices = std::vector<Matrix>;

Matrix gram_of(const Map& map) {
  Matrix gram;
  for (int a = 0; a < map.c; ++a) {
    for (int b = 0; b < map.c; ++b) {
      double sum = 0;
      for (std::size_t i = 0; i < map.plane_size(); ++i) sum += map.plane(a)[i] * map.plane(b)[i];
      gram.push_back(sum);
    }
  }
  return gram;
}

double product(const Matrix& a, const Matrix& b) {
  double sum = 0;
  for (std::size_t i = 0; i < a.size(); ++i) sum += a[i] * b[i];
  return sum;
}

double length(const Matrix& a) {
  return std::sqrt(std::max(1e-10, product(a, a)));
}

/// The value of a term of image n.
double defined_value(const Matrices& grams, const GramTerm& term, int n) {
  const Matrix& own = grams[static_cast<std::size_t>(n)];
  double sum = 0;
  if (term.kind == TermKind::style) {
    const Matrix& other = grams[static_cast<std::size_t>(term.reference)];
    for (std::size_t i = 0; i < own.size(); ++i) sum += std::abs(own[i] - other[i]);
    sum /= double{1} * term.channels * term.channels * term.positions;
  } else if (term.kind == TermKind::diversity) {
    for (int j = 0; j < term.group_count; ++j) {
      const int image = term.group_first + j * term.group_stride;
      const Matrix& other = grams[static_cast<std::size_t>(image)];
      if (image != n) sum += product(own, other) / (length(own) * length(other));
    }
  }
  return -static_cast<double>(term.weight) * sum;
}

/// What the gradient of image n is of: its own value, or those of its group.
double defined_sum(const Matrices& grams, const GramTerm& term, int n) {
  if (term.kind != TermKind::diversity) return defined_value(grams, term, n);
  double sum = 0;
  for (int j = 0; j < term.group_count; ++j) {
    sum += defined_value(grams, term, term.group_first + j * term.group_stride);
  }
  return sum;
}

struct GramCase {
  std::string name;
  int channels, h, w;
  Layout layout = Layout::nchw8c;
  Surround surround = {};

  ActivationShape shape(int n) const { return {n, channels, h, w, layout, surround}; }

  friend void PrintTo(const GramCase& c, std::ostream* out) { *out << c.name; }
};

constexpr int kPadded = 3;  ///< Channels of a map that hold zeros.

Batch padded_batch(std::mt19937& random, const ActivationShape& s, bool integers) {
  return {s, [&] {
            Map map = integers ? integer_map(random, s.channels, s.h, s.w, 4)
                               : normal_map(random, s.channels, s.h, s.w);
            for (int c = map.c - kPadded; c < map.c; ++c) std::fill_n(map.plane(c), map.plane_size(), 0.0);
            return map;
          }};
}

class Grams : public ::testing::TestWithParam<GramCase> {
 protected:
  std::size_t matrix() const {
    return static_cast<std::size_t>(GetParam().channels) * static_cast<std::size_t>(GetParam().channels);
  }
  std::mt19937 random_{1};
};

/// <S, G(F + D) - G(F - D)> = 2 <(S + S^T) F, D>, for G is quadratic.
TEST_P(Grams, TheAdjointIsThatOfTheDerivative) {
  const ActivationShape shape = GetParam().shape(1);
  Batch map = padded_batch(random_, shape, true), direction = padded_batch(random_, shape, true);
  std::vector<float> above(matrix()), below(matrix()), slope(matrix());
  Batch slope_of = padded_batch(random_, shape, true);
  cpu::gram(threads(1), {slope_of.activations.tensor(), slope.data()});  // Symmetric.
  for (const int sign : {1, -1}) {
    Map moved = map.maps[0];
    for (std::size_t i = 0; i < moved.values.size(); ++i) {
      moved.values[i] += sign * direction.maps[0].values[i];
    }
    Activations at(shape);
    at.set(0, moved);
    cpu::gram(threads(1), {at.tensor(), sign > 0 ? above.data() : below.data()});
  }
  Activations gradient(shape);
  gradient.for_each([](float& element, int, int, int, int) { element = 0; });
  cpu::gram_adjoint(threads(1), {map.activations.tensor(), slope.data(), gradient.tensor()});
  const double expected = test::dot(slope, above) - test::dot(slope, below);
  const Map result = gradient.map(0);
  ASSERT_NE(expected, 0);
  EXPECT_NEAR(2 * dot(result, direction.maps[0]), expected,
              shape.channels * kEpsilon * 4 * norm(result) * norm(direction.maps[0]));
}

INSTANTIATE_TEST_SUITE_P(Cases, Grams,
                         ::testing::Values(GramCase{"logits", 72, 1, 1}, GramCase{"odd", 24, 7, 5},
                                           GramCase{"slice", 16, 4, 4, Layout::nchw8c, {1, 2}},
                                           GramCase{"one_group_nhwc", 8, 3, 6, Layout::nhwc, {0, 1}},
                                           GramCase{"rows_in_two_parts", 528, 3, 3}),
                         [](const auto& info) { return info.param.name; });

/// Five images, 16 physical channels.
class GramObjectives : public ::testing::Test {
 protected:
  static constexpr int kImages = 5, kChannels = 16, kH = 3, kW = 5;
  static constexpr std::size_t kMatrix = kChannels * kChannels;

  GramObjectives() : map_(batch()), gram_(kImages * kMatrix), slope_(kImages * kMatrix, 7) {
    cpu::gram(threads(1), {map_.activations.tensor(), gram_.data()});
    for (std::size_t n = 0; n < kImages; ++n) {
      grams_.emplace_back(gram_.begin() + static_cast<std::ptrdiff_t>(n * kMatrix),
                          gram_.begin() + static_cast<std::ptrdiff_t>((n + 1) * kMatrix));
    }
  }

  static Batch batch() {
    std::mt19937 random(3);
    return padded_batch(random, {kImages, kChannels, kH, kW}, false);
  }

  static GramTerm term(TermKind kind, float weight) {
    GramTerm result;
    result.kind = kind;
    result.weight = weight;
    result.channels = kChannels - kPadded;
    result.positions = kH * kW;
    return result;
  }

  void seed(const std::vector<GramTerm>& terms, int columns = 1) {
    const int per_image = static_cast<int>(terms.size()) / kImages;
    values_.assign(static_cast<std::size_t>(kImages * columns), 10);
    std::vector<double> scratch(gram_scratch(kImages, per_image), std::numeric_limits<double>::quiet_NaN());
    cpu::gram_seed(threads(2), {gram_.data(), slope_.data(), terms.data(), values_.data(), scratch.data(),
                                kImages, kChannels, per_image, columns});
  }

  /// The slope of image n is the derivative of f, by central differences.
  void expect_slope(int n, const std::function<double(const Matrices&)>& f) {
    constexpr double kStep = 0x1p-17;
    Matrices moved = grams_;
    Matrix& own = moved[static_cast<std::size_t>(n)];
    const float* actual = slope_.data() + static_cast<std::size_t>(n) * kMatrix;
    double largest = 0;
    for (std::size_t i = 0; i < kMatrix; ++i) largest = std::max(largest, std::abs(double{actual[i]}));
    for (std::size_t i = 0; i < kMatrix; ++i) {
      const double middle = own[i];
      own[i] = middle + kStep;
      const double above = f(moved);
      own[i] = middle - kStep;
      const double below = f(moved);
      own[i] = middle;
      ASSERT_NEAR(double{actual[i]}, (above - below) / (2 * kStep), 16 * kEpsilon * largest + 1e-9)
          << n << " " << i;
    }
  }

  Batch map_;
  std::vector<float> gram_, slope_;
  std::vector<double> values_;
  Matrices grams_;
};

TEST_F(GramObjectives, StyleIsThatOfTheDefinition) {
  std::vector<GramTerm> terms(kImages, term(TermKind::style, 1.5F));
  for (int n = 0; n < kImages; ++n) terms[static_cast<std::size_t>(n)].reference = n == 0 ? 2 : 0;
  seed(terms);
  for (int n = 0; n < kImages; ++n) {
    const GramTerm& own = terms[static_cast<std::size_t>(n)];
    const double expected = defined_value(grams_, own, n);
    EXPECT_NEAR(values_[static_cast<std::size_t>(n)], 10 + expected, 1e-12 * (10 + std::abs(expected)));
    expect_slope(n, [&](const Matrices& grams) { return defined_value(grams, own, n); });
  }
}

TEST_F(GramObjectives, StyleOfAnImageAgainstItselfIsZero) {
  std::vector<GramTerm> terms(kImages, term(TermKind::style, 2));
  for (int n = 0; n < kImages; ++n) terms[static_cast<std::size_t>(n)].reference = n;
  seed(terms);
  EXPECT_EQ(values_, std::vector<double>(kImages, 10));
  EXPECT_EQ(slope_, std::vector<float>(kImages * kMatrix, 0));
}

TEST_F(GramObjectives, DiversityIsThatOfItsGroup) {
  // Images 0, 2 and 4 are one group, 1 and 3 another.
  std::vector<GramTerm> terms;
  for (int n = 0; n < kImages; ++n) {
    terms.push_back(term(TermKind::diversity, n % 2 == 0 ? 2.0F : -1.0F));
    terms.back().group_first = n % 2;
    terms.back().group_count = n % 2 == 0 ? 3 : 2;
    terms.back().group_stride = 2;
  }
  seed(terms);
  for (int n = 0; n < kImages; ++n) {
    const GramTerm& own = terms[static_cast<std::size_t>(n)];
    const double expected = defined_value(grams_, own, n);
    ASSERT_NE(expected, 0);
    EXPECT_NEAR(values_[static_cast<std::size_t>(n)], 10 + expected, 1e-12 * (10 + std::abs(expected)));
    expect_slope(n, [&](const Matrices& grams) { return defined_sum(grams, own, n); });
  }
}

TEST_F(GramObjectives, DiversityOfOneIsZero) {
  std::vector<GramTerm> terms;
  for (int n = 0; n < kImages; ++n) {
    terms.push_back(term(TermKind::diversity, 2));
    terms.back().group_first = n;
  }
  seed(terms);
  EXPECT_EQ(values_, std::vector<double>(kImages, 10));
  EXPECT_EQ(slope_, std::vector<float>(kImages * kMatrix, 0));
}

TEST_F(GramObjectives, DiversityOfAnEmptyMapIsFinite) {
  std::fill_n(gram_.begin(), kMatrix, 0.0F);
  std::vector<GramTerm> terms(kImages, term(TermKind::diversity, 1));
  for (GramTerm& one : terms) one.group_count = kImages;
  seed(terms);
  EXPECT_EQ(values_[0], 10);
  for (const float s : slope_) ASSERT_TRUE(std::isfinite(s));
}

TEST_F(GramObjectives, TermsAddUpAndWatchedOnesHaveNoSlope) {
  std::vector<GramTerm> terms;
  for (int n = 0; n < kImages; ++n) {
    terms.push_back(term(TermKind::style, 1));
    terms.back().reference = (n + 1) % kImages;
    terms.push_back(term(TermKind::style, 3));
    terms.back().reference = (n + 2) % kImages;
    terms.back().column = 1;
    terms.push_back({});
    terms.push_back(term(TermKind::diversity, 0.5F));
    terms.back().group_count = kImages;
  }
  seed(terms, 3);
  for (int n = 0; n < kImages; ++n) {
    const GramTerm* own = &terms[static_cast<std::size_t>(n) * 4];
    const double* values = &values_[static_cast<std::size_t>(n) * 3];
    EXPECT_NEAR(values[0], 10 + defined_value(grams_, own[0], n) + defined_value(grams_, own[3], n), 1e-11);
    EXPECT_NEAR(values[1], 10 + defined_value(grams_, own[1], n), 1e-11);
    EXPECT_EQ(values[2], 10);
    expect_slope(n, [&](const Matrices& grams) {
      return defined_value(grams, own[0], n) + defined_sum(grams, own[3], n);
    });
  }
}

/// The three operations together: the gradient of a map is the derivative of its objective.
TEST_F(GramObjectives, TheGradientOfAMapIsTheDerivative) {
  constexpr double kStep = 0x1p-17;
  std::vector<GramTerm> terms(kImages, term(TermKind::diversity, 1));
  for (GramTerm& one : terms) one.group_count = kImages;
  terms[1] = term(TermKind::style, 5);
  terms[1].reference = 4;
  seed(terms);
  Activations gradient({kImages, kChannels, kH, kW});
  gradient.for_each([](float& element, int, int, int, int) { element = 0; });
  cpu::gram_adjoint(threads(1), {map_.activations.tensor(), slope_.data(), gradient.tensor()});
  Map map = map_.maps[1];
  const Map actual = gradient.map(1);
  const auto value = [&] {
    Matrices grams = grams_;
    grams[1] = gram_of(map);
    return defined_value(grams, terms[1], 1);
  };
  for (std::size_t i = 0; i < (kChannels - kPadded) * map.plane_size(); ++i) {
    const double middle = map.values[i];
    map.values[i] = middle + kStep;
    const double above = value();
    map.values[i] = middle - kStep;
    const double below = value();
    map.values[i] = middle;
    ASSERT_NEAR(actual.values[i], (above - below) / (2 * kStep), 1e-6) << i;
  }
}

}  // namespace
}  // namespace limpid::gram_test
