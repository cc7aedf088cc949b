// Values against the definitions in double precision, gradients against their differences.
#include "kernels/ops/image_penalty.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cmath>
#include <limits>
#include <ostream>
#include <set>
#include <string>
#include <vector>

#include "tests/image/support.h"
#include "tests/kernels/terms_of_table.h"
#include "tests/reference/reference_ops.h"

namespace limpid::image_penalty_test {
namespace {

using namespace test;
using reference::Map;

/// The mean over the square of that radius around a pixel, inside the picture, with the square's weights.
double blurred(const Map& x, int radius, int c, int y, int u) {
  double sum = 0, mass = 0;
  for (int dy = -radius; dy <= radius; ++dy) {
    for (int du = -radius; du <= radius; ++du) {
      if (y + dy < 0 || y + dy >= x.h || u + du < 0 || u + du >= x.w) continue;
      const double weight = std::max(std::abs(dy), std::abs(du)) == radius ? 0.5 : 1;
      sum += weight * x.at(c, y + dy, u + du);
      mass += weight;
    }
  }
  return sum / mass;
}

/// The penalty of a picture without its weight; `held` is the picture whose blur counts as a constant.
double defined_value(const PenaltyTerm& term, const Map& x, const Map& held, const Map& other) {
  const double centre = static_cast<double>(term.centre);
  double sum = 0;
  for (int c = 0; c < 3; ++c) {
    for (int y = 0; y < x.h; ++y) {
      for (int u = 0; u < x.w; ++u) {
        const double here = x.at(c, y, u);
        switch (term.kind) {
          case TermKind::l1:
            sum += std::abs(here - centre);
            break;
          case TermKind::l2:
            sum += std::pow(here - centre, 2);
            break;
          case TermKind::total_variation:
            if (u > 0) sum += std::abs(here - x.at(c, y, u - 1));
            if (y > 0) sum += std::abs(here - x.at(c, y - 1, u));
            break;
          case TermKind::blur:
            sum += 0.5 * std::pow(here - blurred(held, 1, c, y, u), 2);
            break;
          case TermKind::boundary:
            if (std::min({y, u, x.h - 1 - y, x.w - 1 - u}) < term.width) {
              sum += std::pow(blurred(x, 2, c, y, u) - here, 2) + 0.8 * std::pow(here - centre, 2);
            }
            break;
          case TermKind::distance:
            sum += std::pow(here - other.at(c, y, u), 2);
            break;
          case TermKind::alpha:
            if (c == 0) sum += x.at(3, y, u) / (x.h * x.w);
            break;
          default:
            ADD_FAILURE() << row_of(term.kind).example << " has no definition here";
        }
      }
    }
  }
  if (term.kind == TermKind::l2) return std::sqrt(1e-6 + sum);
  if (term.kind == TermKind::distance) return std::sqrt(sum / (3.0 * x.h * x.w));
  return sum;
}

/// Central differences of the definition.
Map defined_slope(const PenaltyTerm& term, const Map& x, const Map& other) {
  constexpr double kStep = 0x1p-17;
  Map moved = x, slope(x.c, x.h, x.w);
  for (std::size_t i = 0; i < x.values.size(); ++i) {
    moved.values[i] = x.values[i] + kStep;
    const double above = defined_value(term, moved, x, other);
    moved.values[i] = x.values[i] - kStep;
    const double below = defined_value(term, moved, x, other);
    moved.values[i] = x.values[i];
    slope.values[i] = (above - below) / (2 * kStep);
  }
  return slope;
}

PenaltyTerm penalty(TermKind kind, float weight = 1) {
  PenaltyTerm term;
  term.kind = kind;
  term.weight = weight;
  return term;
}

/// Every kind; the boundary once narrow and once wider than any picture here.
std::vector<PenaltyTerm> every_term() {
  std::vector<PenaltyTerm> terms = {penalty(TermKind::l1, -0.5F),       penalty(TermKind::l2, -2),
                                    penalty(TermKind::total_variation), penalty(TermKind::blur, -1.5F),
                                    penalty(TermKind::boundary, 0.75F), penalty(TermKind::boundary, -1),
                                    penalty(TermKind::distance, -3)};
  terms[0].centre = 0.25F;
  terms[4].width = 2;
  terms[4].centre = 0.125F;
  terms[6].reference = 1;
  return terms;
}

TEST(ImagePenaltyTerms, AreThoseOfTheTable) {
  std::set<TermKind> here = {TermKind::alpha};  // Has a test of its own.
  for (const PenaltyTerm& term : every_term()) here.insert(term.kind);
  const std::vector<TermKind> all = kinds_of(TermOperation::penalty);
  EXPECT_EQ(here, std::set<TermKind>(all.begin(), all.end()));
}

struct Shape {
  int h, w;

  friend void PrintTo(const Shape& s, std::ostream* out) { *out << s.h << "x" << s.w; }
};

/// Pictures of colours, or of colours and opacity, a gradient of twos to add to and values of ten.
class Pictures {
 public:
  Pictures(int n, const Shape& s, unsigned seed, int planes = 3)
      : n_(n),
        planes_(planes),
        s_(s),
        rgb_(elements(n, s) * static_cast<std::size_t>(planes) / 3),
        drgb_(rgb_.values().size()),
        residual_(elements(n, s)) {
    // Multiples of 2^-10: equal neighbours there are, but none closer than a difference's step otherwise.
    const std::vector<float> values = random_values(rgb_.values().size(), 0, 1024, seed);
    std::transform(values.begin(), values.end(), rgb_.data(), [](float x) { return std::floor(x) / 1024; });
    std::fill(drgb_.values().begin(), drgb_.values().end(), 2.0F);
  }

  void penalise(const std::vector<PenaltyTerm>& terms, int workers, int columns = 1, int value_stride = 1,
                double value_scale = 1) {
    const int per_image = static_cast<int>(terms.size()) / n_;
    values.assign(static_cast<std::size_t>(n_ * value_stride * columns), 10);
    std::vector<double> sums(penalty_sums(n_, per_image), std::numeric_limits<double>::quiet_NaN());
    cpu::image_penalty(threads(workers), {{rgb_.data(), n_, planes_, s_.h, s_.w},
                                          {drgb_.data(), n_, planes_, s_.h, s_.w},
                                          terms.data(),
                                          values.data(),
                                          sums.data(),
                                          residual_.data(),
                                          per_image,
                                          columns,
                                          value_stride,
                                          value_scale});
    EXPECT_TRUE(rgb_.intact() && drgb_.intact() && residual_.intact());
  }

  Map picture(int n) { return map(rgb_, n); }
  Map gradient(int n) { return map(drgb_, n); }
  std::span<float> rgb() { return rgb_.values(); }
  std::span<float> drgb() { return drgb_.values(); }

  std::vector<double> values;

 private:
  static std::size_t elements(int n, const Shape& s) { return static_cast<std::size_t>(n * 3 * s.h * s.w); }

  Map map(FencedBuffer& buffer, int n) const {
    Map result(planes_, s_.h, s_.w);
    const std::size_t first = static_cast<std::size_t>(n) * result.values.size();
    for (std::size_t i = 0; i < result.values.size(); ++i) {
      result.values[i] = static_cast<double>(buffer.data()[first + i]);
    }
    return result;
  }

  int n_, planes_;
  Shape s_;
  FencedBuffer rgb_, drgb_, residual_;
};

class ImagePenalties : public ::testing::TestWithParam<Shape> {};

TEST_P(ImagePenalties, ValueAndGradientAreThoseOfTheDefinition) {
  for (const PenaltyTerm& term : every_term()) {
    SCOPED_TRACE(static_cast<int>(term.kind));
    Pictures pictures(2, GetParam(), 1);
    pictures.penalise({term, {}}, 2);
    const Map x = pictures.picture(0), other = pictures.picture(1);
    const double weight = static_cast<double>(term.weight);
    const double expected = defined_value(term, x, x, other);
    // A difference to a blurred picture is at most one and has an error of up to 32 operations in fp32.
    const bool blurs = term.kind == TermKind::blur || term.kind == TermKind::boundary;
    const double error = blurs ? 2 * 32 * kEpsilon * static_cast<double>(x.values.size()) : 1e-12;
    EXPECT_NEAR(pictures.values[0], 10 + weight * expected,
                std::abs(weight) * error + 1e-13 * (expected + 10));
    EXPECT_EQ(pictures.values[1], 10);
    const Map slope = defined_slope(term, x, other), actual = pictures.gradient(0);
    for (std::size_t i = 0; i < slope.values.size(); ++i) {
      ASSERT_NEAR(actual.values[i], 2 + weight * slope.values[i],
                  64 * kEpsilon * (1 + std::abs(weight * slope.values[i])) + 1e-9 * (1 + expected))
          << i;
    }
    for (const double g : pictures.gradient(1).values) ASSERT_EQ(g, 2);
  }
}

TEST_P(ImagePenalties, OfPicturesWithOpacityTooAndNoTermKnowsTheOthersPlanes) {
  std::vector<PenaltyTerm> terms = every_term();
  terms.push_back(penalty(TermKind::alpha, -4));
  for (const PenaltyTerm& term : terms) {
    SCOPED_TRACE(static_cast<int>(term.kind));
    Pictures pictures(2, GetParam(), 8, 4);
    pictures.penalise({term, {}}, 2);
    const Map x = pictures.picture(0), other = pictures.picture(1);
    const double weight = static_cast<double>(term.weight);
    const double expected = defined_value(term, x, x, other);
    const bool blurs = term.kind == TermKind::blur || term.kind == TermKind::boundary;
    const double error = blurs ? 2 * 32 * kEpsilon * static_cast<double>(x.values.size()) : 1e-12;
    EXPECT_NEAR(pictures.values[0], 10 + weight * expected,
                std::abs(weight) * error + 1e-13 * (expected + 10));
    const Map slope = defined_slope(term, x, other), actual = pictures.gradient(0);
    const std::size_t colours = slope.values.size() / 4 * 3;
    for (std::size_t i = 0; i < slope.values.size(); ++i) {
      ASSERT_NEAR(actual.values[i], 2 + weight * slope.values[i],
                  64 * kEpsilon * (1 + std::abs(weight * slope.values[i])) + 1e-9 * (1 + expected))
          << i;
      if ((i >= colours) != (term.kind == TermKind::alpha)) {
        ASSERT_EQ(actual.values[i], 2) << i;
      }
    }
    for (const double g : pictures.gradient(1).values) ASSERT_EQ(g, 2);
  }
}

TEST_P(ImagePenalties, TermsAddUpAndWatchedOnesHaveNoGradient) {
  std::vector<PenaltyTerm> terms;
  for (int n = 0; n < 2; ++n) {
    terms.push_back(penalty(TermKind::l1, -0.5F));
    terms.push_back(penalty(TermKind::total_variation, 4));
    terms.back().column = 2;
    terms.push_back(penalty(n == 0 ? TermKind::blur : TermKind::l2, -1));
    terms.push_back({});
  }
  Pictures pictures(2, GetParam(), 2);
  pictures.penalise(terms, 2, 3, 4, 4);
  for (int n = 0; n < 2; ++n) {
    const Map x = pictures.picture(n), actual = pictures.gradient(n);
    const PenaltyTerm* own = &terms[static_cast<std::size_t>(n) * 4];
    const double counted = -0.5 * defined_value(own[0], x, x, x) - defined_value(own[2], x, x, x);
    const double* values = &pictures.values[static_cast<std::size_t>(n) * 12];
    EXPECT_NEAR(values[0], 10 + 4 * counted, 4 * 64 * kEpsilon * static_cast<double>(x.values.size()));
    EXPECT_EQ(values[1], 10);
    EXPECT_NEAR(values[2], 10 + 16 * defined_value(own[1], x, x, x), 1e-10);
    EXPECT_TRUE(std::all_of(values + 3, values + 12, [](double value) { return value == 10; }));
    const Map first = defined_slope(own[0], x, x), third = defined_slope(own[2], x, x);
    for (std::size_t i = 0; i < actual.values.size(); ++i) {
      ASSERT_NEAR(actual.values[i], 2 - 0.5 * first.values[i] - third.values[i],
                  64 * kEpsilon + 1e-9 * (1 - counted));
    }
  }
}

TEST_P(ImagePenalties, TheNumberOfThreadsChangesNoBit) {
  std::vector<PenaltyTerm> terms = every_term();
  const std::vector<PenaltyTerm> each = terms;
  terms.insert(terms.end(), each.begin(), each.end());
  Pictures one(2, GetParam(), 3), three(2, GetParam(), 3);
  one.penalise(terms, 1);
  three.penalise(terms, 3);
  EXPECT_EQ(one.values, three.values);
  EXPECT_TRUE(same_bits(one.drgb(), three.drgb()));
}

INSTANTIATE_TEST_SUITE_P(Shapes, ImagePenalties,
                         ::testing::Values(Shape{1, 1}, Shape{1, 6}, Shape{5, 1}, Shape{2, 3}, Shape{4, 4},
                                           Shape{7, 9}, Shape{12, 11}),
                         [](const auto& info) {
                           return std::to_string(info.param.h) + "x" + std::to_string(info.param.w);
                         });

TEST(ImagePenaltiesExactly, SumsOfSixteenths) {
  Pictures pictures(2, {6, 10}, 4);
  for (float& x : pictures.rgb()) x = std::floor(x * 16) / 16;
  PenaltyTerm l1 = penalty(TermKind::l1, 0.5F);
  pictures.penalise({l1, penalty(TermKind::total_variation, -2)}, 2);
  const Map first = pictures.picture(0), second = pictures.picture(1);
  EXPECT_EQ(pictures.values[0], 10 + 0.5 * defined_value(l1, first, first, first));
  PenaltyTerm tv = penalty(TermKind::total_variation);
  EXPECT_EQ(pictures.values[1], 10 - 2 * defined_value(tv, second, second, second));
  const Map slope = pictures.gradient(0);
  int at_the_centre = 0;
  for (std::size_t i = 0; i < slope.values.size(); ++i) {
    at_the_centre += first.values[i] == 0.5 ? 1 : 0;
    ASSERT_EQ(slope.values[i], first.values[i] > 0.5 ? 2.5 : first.values[i] < 0.5 ? 1.5 : 2);
  }
  EXPECT_GT(at_the_centre, 0);
}

TEST(ImagePenaltiesExactly, AnEvenPictureHasNothingToBlur) {
  for (const TermKind kind :
       {TermKind::blur, TermKind::boundary, TermKind::total_variation, TermKind::l1, TermKind::distance}) {
    Pictures pictures(2, {9, 8}, 5);
    std::fill(pictures.rgb().begin(), pictures.rgb().end(), 0.5F);
    PenaltyTerm term = penalty(kind, 3);
    term.reference = 1;
    term.width = 2;
    pictures.penalise({term, {}}, 2);
    EXPECT_EQ(pictures.values[0], 10);
    for (const double g : pictures.gradient(0).values) ASSERT_EQ(g, 2);
  }
}

TEST(ImagePenaltiesExactly, OpacityIsTheMeanOfItsPlane) {
  Pictures pictures(1, {4, 8}, 6, 4);
  pictures.penalise({penalty(TermKind::alpha, -0.5F)}, 2);
  double sum = 0;
  const Map x = pictures.picture(0);
  for (int y = 0; y < 4; ++y) {
    for (int u = 0; u < 8; ++u) sum += x.at(3, y, u);
  }
  EXPECT_EQ(pictures.values[0], 10 - 0.5 * sum / 32);
  const Map slope = pictures.gradient(0);
  for (std::size_t i = 0; i < slope.values.size(); ++i) {
    ASSERT_EQ(slope.values[i], i < 3 * 32 ? 2 : 2 - 0.5 / 32);
  }
}

TEST(ImagePenaltiesExactly, AFrameOfNoWidthIsEmpty) {
  Pictures pictures(1, {9, 8}, 6);
  PenaltyTerm term = penalty(TermKind::boundary, 3);
  term.width = 0;
  pictures.penalise({term}, 1);
  EXPECT_EQ(pictures.values[0], 10);
  for (const double g : pictures.gradient(0).values) ASSERT_EQ(g, 2);
}

TEST(ImagePenaltiesNotFinite, ANaNReachesTheValueOfEveryTerm) {
  for (const PenaltyTerm& term : every_term()) {
    Pictures pictures(2, {7, 9}, 7);
    pictures.rgb()[12] = std::numeric_limits<float>::quiet_NaN();
    pictures.penalise({term, {}}, 1);
    EXPECT_TRUE(std::isnan(pictures.values[0])) << static_cast<int>(term.kind);
    EXPECT_EQ(pictures.values[1], 10);
  }
}

}  // namespace
}  // namespace limpid::image_penalty_test
