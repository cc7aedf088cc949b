#include "engine/attribution/nonnegative_factors.h"

#include <algorithm>
#include <cmath>
#include <cstddef>
#include <numeric>
#include <utility>

#include "kernels/core/error.h"
#include "kernels/core/philox.h"

namespace limpid {
namespace {

constexpr int kMostRounds = 2000;
constexpr int kRoundsALook = 10;
constexpr double kLeastProgress = 1e-7;
/// In place of zero while it works: a factor of zeros would stay one.
constexpr double kLeast = 1e-16;
/// Of the singular vectors: a start needs no more.
constexpr int kPowerSteps = 60;

/// Row-major.
struct Matrix {
  std::size_t rows = 0, columns = 0;
  std::vector<double> values;

  Matrix(std::size_t rows_, std::size_t columns_)
      : rows(rows_), columns(columns_), values(rows_ * columns_) {}
  double* row(std::size_t i) { return values.data() + i * columns; }
  const double* row(std::size_t i) const { return values.data() + i * columns; }
};

double inner(const double* a, const double* b, std::size_t count) {
  return std::inner_product(a, a + count, b, 0.0);
}

Matrix transposed(const Matrix& a) {
  Matrix result(a.columns, a.rows);
  for (std::size_t i = 0; i < a.rows; ++i) {
    for (std::size_t j = 0; j < a.columns; ++j) result.row(j)[i] = a.row(i)[j];
  }
  return result;
}

Matrix product(const Matrix& x, const Matrix& y) {
  Matrix result(x.rows, y.columns);
  for (std::size_t i = 0; i < x.rows; ++i) {
    double* sum = result.row(i);
    for (std::size_t j = 0; j < y.rows; ++j) {
      const double factor = x.row(i)[j];
      const double* row = y.row(j);
      for (std::size_t c = 0; c < y.columns; ++c) sum[c] += factor * row[c];
    }
  }
  return result;
}

/// Rows made orthonormal, one after the other; what is nothing but rounding becomes zero.
void orthonormalise(Matrix& rows) {
  for (std::size_t i = 0; i < rows.rows; ++i) {
    double* row = rows.row(i);
    const double before = std::sqrt(inner(row, row, rows.columns));
    for (int twice = 0; twice < 2; ++twice) {
      for (std::size_t j = 0; j < i; ++j) {
        const double along = inner(row, rows.row(j), rows.columns);
        for (std::size_t c = 0; c < rows.columns; ++c) row[c] -= along * rows.row(j)[c];
      }
    }
    const double length = std::sqrt(inner(row, row, rows.columns));
    const double scale = length > 1e-12 * before ? 1 / length : 0;
    for (std::size_t c = 0; c < rows.columns; ++c) row[c] *= scale;
  }
}

/// The first right singular vectors of `a` as rows, by orthogonal iteration: the first converges to the first.
Matrix right_vectors(const Matrix& a, const Matrix& a_transposed, std::size_t count) {
  Matrix vectors(count, a.columns);
  for (std::size_t i = 0; i < vectors.values.size(); ++i) {
    const PhiloxBlock block = random_block({}, RandomPurpose::direction, static_cast<std::uint32_t>(i));
    vectors.values[i] = double{uniform_unit(block.word[0])} - 0.5;
  }
  orthonormalise(vectors);
  for (int step = 0; step < kPowerSteps; ++step) {
    vectors = product(product(vectors, a_transposed), a);
    orthonormalise(vectors);
  }
  return vectors;
}

/// One sign of a pair of singular vectors.
struct Part {
  std::vector<double> left, right;
  double left_length = 0, right_length = 0;
};

Part part_of(const std::vector<double>& left, const std::vector<double>& right, double sign) {
  Part part;
  for (const double value : left) part.left.push_back(std::max(sign * value, 0.0));
  for (const double value : right) part.right.push_back(std::max(sign * value, 0.0));
  part.left_length = std::sqrt(inner(part.left.data(), part.left.data(), part.left.size()));
  part.right_length = std::sqrt(inner(part.right.data(), part.right.data(), part.right.size()));
  return part;
}

class Factorisation {
 public:
  Factorisation(Matrix matrix, std::size_t count)
      : a_(std::move(matrix)),
        a_transposed_(transposed(a_)),
        left_(count, a_.rows),
        right_(count, a_.columns) {
    start();
  }

  NonnegativeFactors run() {
    NonnegativeFactors result;
    double error = relative_error();
    while (result.rounds < kMostRounds) {
      improve(left_, a_transposed_, right_);
      improve(right_, a_, left_);
      if (++result.rounds % kRoundsALook != 0) continue;
      const double now = relative_error();
      const bool done = error - now < kLeastProgress * error;
      error = now;
      if (done) break;
    }
    result.count = static_cast<int>(left_.rows);
    for (Matrix* factor : {&left_, &right_})
      std::ranges::replace_if(
          factor->values, [](double value) { return value <= kLeast; }, 0.0);
    result.left = transposed(left_).values;
    result.right = right_.values;
    result.error = relative_error();
    return result;
  }

 private:
  void start() {
    const Matrix vectors = right_vectors(a_, a_transposed_, left_.rows);
    const double mean =
        std::accumulate(a_.values.begin(), a_.values.end(), 0.0) / static_cast<double>(a_.values.size());
    for (std::size_t k = 0; k < left_.rows; ++k) {
      const std::vector<double> right(vectors.row(k), vectors.row(k) + a_.columns);
      std::vector<double> left;
      for (std::size_t i = 0; i < a_.rows; ++i) left.push_back(inner(a_.row(i), right.data(), a_.columns));
      const Part plus = part_of(left, right, 1);
      const Part minus = part_of(left, right, -1);
      const Part& part =
          plus.left_length * plus.right_length >= minus.left_length * minus.right_length ? plus : minus;
      set(left_.row(k), part.left, part.left_length, part.right_length, mean);
      set(right_.row(k), part.right, part.right_length, part.left_length, mean);
    }
  }

  /// Both factors of a pair as long; `other` is the length of the one that is not set.
  static void set(double* row, const std::vector<double>& values, double length, double other, double mean) {
    const double scale = length > 0 ? std::sqrt(other / length) : 0;
    for (std::size_t i = 0; i < values.size(); ++i)
      row[i] = values[i] > 0 && scale > 0 ? scale * values[i] : mean;
  }

  /// Each row of `factor` in turn, the best for what the others leave of `a`, of which `other` has a column each.
  static void improve(Matrix& factor, const Matrix& a, const Matrix& other) {
    const Matrix with_matrix = product(other, a);
    for (std::size_t k = 0; k < factor.rows; ++k) {
      const double own = inner(other.row(k), other.row(k), other.columns);
      std::vector<double> rest(with_matrix.row(k), with_matrix.row(k) + factor.columns);
      for (std::size_t j = 0; j < factor.rows; ++j) {
        const double shared = inner(other.row(k), other.row(j), other.columns);
        for (std::size_t i = 0; i < factor.columns; ++i) rest[i] -= shared * factor.row(j)[i];
      }
      double* row = factor.row(k);
      for (std::size_t i = 0; i < factor.columns; ++i) row[i] = std::max(row[i] + rest[i] / own, kLeast);
    }
  }

  double relative_error() const {
    double squares = 0, all = 0;
    for (std::size_t i = 0; i < a_.rows; ++i) {
      for (std::size_t j = 0; j < a_.columns; ++j) {
        double rest = a_.row(i)[j];
        all += rest * rest;
        for (std::size_t k = 0; k < left_.rows; ++k) rest -= left_.row(k)[i] * right_.row(k)[j];
        squares += rest * rest;
      }
    }
    return std::sqrt(squares / all);
  }

  Matrix a_, a_transposed_;
  Matrix left_, right_;  ///< A factor a row.
};

}  // namespace

NonnegativeFactors factorise(std::span<const float> matrix, int rows, int columns, int count) {
  const int most = std::min(rows, columns);
  if (count < 1 || count > most)
    fail_usage("a matrix of {}x{} has 1 to {} factors, and {} were asked for", rows, columns, most, count);
  Matrix a(static_cast<std::size_t>(rows), static_cast<std::size_t>(columns));
  bool any = false;
  for (std::size_t i = 0; i < matrix.size(); ++i) {
    const float value = matrix[i];
    if (!(value >= 0) || !std::isfinite(value))
      fail_usage("a value of {} at row {}, column {}: only what is nonnegative and finite can be factorised",
                 value, i / a.columns, i % a.columns);
    any = any || value > 0;
    a.values[i] = double{value};
  }
  if (!any) fail_usage("a matrix of {}x{} zeros has no factors", rows, columns);
  return Factorisation(std::move(a), static_cast<std::size_t>(count)).run();
}

}  // namespace limpid
