// Nonnegative factors: as good as scikit-learn's, the same every time.
#include "engine/attribution/nonnegative_factors.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdint>
#include <fstream>
#include <limits>
#include <nlohmann/json.hpp>

#include "tests/weights/support.h"

namespace limpid {
namespace {

using testing::expect_error;

constexpr int kLatent = 8;

/// Of tests/fixtures/make_factors.py.
class Draws {
 public:
  explicit Draws(std::uint64_t seed) : state_(seed) {}
  double next() {
    state_ = state_ * 6364136223846793005ULL + 1442695040888963407ULL;
    return static_cast<double>(state_ >> 40) * 0x1p-24;
  }

 private:
  std::uint64_t state_;
};

std::vector<float> matrix(std::uint64_t seed, int rows, int columns) {
  Draws draws(seed);
  const auto sparse = [&](int count) {
    std::vector<double> values;
    for (int i = 0; i < count; ++i) values.push_back(std::pow(draws.next(), 4));
    return values;
  };
  const std::vector<double> left = sparse(rows * kLatent), right = sparse(kLatent * columns);
  std::vector<float> product;
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < columns; ++j) {
      double sum = 0;
      for (int k = 0; k < kLatent; ++k)
        sum += left[static_cast<std::size_t>(i * kLatent + k)] *
               right[static_cast<std::size_t>(k * columns + j)];
      product.push_back(static_cast<float>(sum + 0.1 * draws.next()));
    }
  }
  return product;
}

/// |A - left right| / |A|.
double error_of(const NonnegativeFactors& factors, const std::vector<float>& a, int rows, int columns) {
  double squares = 0, all = 0;
  for (int i = 0; i < rows; ++i) {
    for (int j = 0; j < columns; ++j) {
      const double value = a[static_cast<std::size_t>(i * columns + j)];
      double rest = value;
      for (int k = 0; k < factors.count; ++k)
        rest -= factors.left[static_cast<std::size_t>(i * factors.count + k)] *
                factors.right[static_cast<std::size_t>(k * columns + j)];
      squares += rest * rest;
      all += value * value;
    }
  }
  return std::sqrt(squares / all);
}

TEST(NonnegativeFactors, AreAsCloseAsScikitLearns) {
  std::ifstream file(LIMPID_FIXTURES "/factors.json");
  const nlohmann::json record = nlohmann::json::parse(file);
  ASSERT_EQ(record.at("cases").size(), 10U);
  for (const nlohmann::json& each : record.at("cases")) {
    const int rows = each.at("rows"), columns = each.at("columns"), count = each.at("count");
    const std::vector<float> a = matrix(each.at("seed"), rows, columns);
    const NonnegativeFactors factors = factorise(a, rows, columns, count);
    EXPECT_LE(factors.error, each.at("error").get<double>() * (1 + 1e-4)) << each.at("seed");
    ASSERT_EQ(factors.left.size(), static_cast<std::size_t>(rows * count));
    ASSERT_EQ(factors.right.size(), static_cast<std::size_t>(count * columns));

    // The error is that of the factors that came with it, and none is negative.
    EXPECT_NEAR(factors.error, error_of(factors, a, rows, columns), 1e-12);
    for (const double value : factors.left) ASSERT_GE(value, 0);
    for (const double value : factors.right) ASSERT_GE(value, 0);
  }
}

TEST(NonnegativeFactors, AreTheSameEveryTime) {
  const std::vector<float> a = matrix(3, 20, 30);
  const NonnegativeFactors first = factorise(a, 20, 30, 4), second = factorise(a, 20, 30, 4);
  EXPECT_EQ(first.left, second.left);
  EXPECT_EQ(first.right, second.right);
  EXPECT_EQ(first.rounds, second.rounds);
}

TEST(NonnegativeFactors, FindWhatIsThere) {
  // Two parts that share no row and no column.
  std::vector<float> a(6 * 5);
  for (std::size_t i = 0; i < 3; ++i) {
    for (std::size_t j = 0; j < 2; ++j) a[i * 5 + j] = static_cast<float>((i + 1) * (j + 2));
  }
  for (std::size_t i = 3; i < 6; ++i) {
    for (std::size_t j = 2; j < 5; ++j) a[i * 5 + j] = static_cast<float>(i * j);
  }
  // Towards zeros it creeps, for as many rounds as it may.
  const NonnegativeFactors two = factorise(a, 6, 5, 2);
  EXPECT_EQ(two.rounds, 2000);
  EXPECT_LE(two.error, 0.01);
  EXPECT_NEAR(two.error, error_of(two, a, 6, 5), 1e-6 * two.error);
  EXPECT_GT(factorise(a, 6, 5, 1).error, 0.3);
  // More than there are do no harm.
  EXPECT_LE(factorise(a, 6, 5, 4).error, 0.01);
}

TEST(NonnegativeFactors, RefuseWhatHasNone) {
  const std::vector<float> zeros(12);
  std::vector<float> a(12, 1.0F);
  expect_error(ErrorKind::usage, {"3x4 zeros"}, [&] { factorise(zeros, 3, 4, 2); });
  expect_error(ErrorKind::usage, {"3x4", "1 to 3", "4 were"}, [&] { factorise(a, 3, 4, 4); });
  expect_error(ErrorKind::usage, {"1 to 3", "0 were"}, [&] { factorise(a, 3, 4, 0); });
  a[5] = -1;
  expect_error(ErrorKind::usage, {"-1", "row 1, column 1"}, [&] { factorise(a, 3, 4, 2); });
  a[5] = std::numeric_limits<float>::quiet_NaN();
  expect_error(ErrorKind::usage, {"row 1, column 1"}, [&] { factorise(a, 3, 4, 2); });
}

}  // namespace
}  // namespace limpid
