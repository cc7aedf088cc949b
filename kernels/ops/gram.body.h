// Arithmetic of the Gram operations: eight channels by eight, or eight channels of eight positions, at a
// time.
#pragma once

#include <cmath>

#include "kernels/ops/gram.h"
#include "kernels/ops/group_sums.h"

namespace limpid {

/// Eight groups: of a matrix, or of a map.
struct GramTile {
  Group row[kGroup];
};

template <class T>
struct GramBody {
  GroupView<const T> map;
  float* gram;

  /// The channels of group a against those of group b.
  LIMPID_HD GramTile tile(int n, int a, int b) const {
    GramTile sum;
    LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) sum.row[i] = splat(0.0F);
    for (int h = 0; h < map.h; ++h) {
      for (int w = 0; w < map.w; ++w) {
        const Group x = load_group(map.at(n, a, h, w)), y = load_group(map.at(n, b, h, w));
        LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) {
          sum.row[i] = multiply_add(splat(x[i]), y, sum.row[i]);
        }
      }
    }
    return sum;
  }

  LIMPID_HD void store(int n, int a, int b, const GramTile& tile) const {
    const std::int64_t channels = std::int64_t{map.groups} * kGroup;
    float* first = gram + (n * channels + a * kGroup) * channels + b * kGroup;
    LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) store_group(first + i * channels, tile.row[i]);
  }
};

/// One sum over two matrices and one over the second alone.
struct GramSums {
  double both, other;
};

struct GramSeedBody {
  const float* gram;
  float* matrix_slope;
  const GramTerm* terms;
  double* scratch;
  int images, channels, terms_per_image;

  LIMPID_HD explicit GramSeedBody(const GramSeed& op)
      : gram(op.gram),
        matrix_slope(op.slope),
        terms(op.terms),
        scratch(op.scratch),
        images(op.images),
        channels(op.channels),
        terms_per_image(op.terms_per_image) {}

  LIMPID_HD GramTerm term(int n, int t) const { return terms[n * terms_per_image + t]; }

  /// Groups of eight elements of one matrix.
  LIMPID_HD std::int64_t groups() const { return std::int64_t{channels} * channels / kGroup; }

  /// How many matrices a term looks at, and whose the j-th is.
  LIMPID_HD static int others(const GramTerm& term) {
    return term.kind == TermKind::none ? 0 : term.kind == TermKind::style ? 1 : term.group_count;
  }
  LIMPID_HD static int image_of(const GramTerm& term, int j) {
    return term.kind == TermKind::style ? term.reference : term.group_first + j * term.group_stride;
  }

  /// What group i of the matrices adds to the sums of a term of image n and its j-th matrix.
  LIMPID_HD void add(GramSums& sums, const GramTerm& term, int n, int j, std::int64_t i) const {
    const Group x = load(n, i), y = load(image_of(term, j), i);
    if (term.kind == TermKind::style) {
      sums.both += sum_of_distances(x, y);
    } else {
      sums.both += sum_of_products(x, y);
      sums.other += sum_of_products(y, y);
    }
  }

  LIMPID_HD void store(int n, int t, int j, int part, const GramSums& sums) const {
    double* memory = of_matrix(n, t, j) + 2 * part;
    memory[0] = sums.both;
    memory[1] = sums.other;
  }

  /// Once all sums of a term are stored: its value, weight included. Leaves what `slope` needs.
  LIMPID_HD double finish(const GramTerm& term, int n, int t) const {
    const double weight = static_cast<double>(term.weight);
    if (term.kind == TermKind::style) {
      const double factor = -weight / (double{1} * term.channels * term.channels * term.positions);
      *coefficient(n, t, 0) = factor;
      return factor * sum(n, t, 0).both;
    }
    constexpr double kEpsilon = 1e-10;
    const auto length = [](double square) { return sqrt(square > kEpsilon ? square : kEpsilon); };
    const int place = (n - term.group_first) / term.group_stride;
    const double own = sum(n, t, place).other;
    double cosines = 0;
    for (int j = 0; j < term.group_count; ++j) {
      if (j == place) continue;
      const GramSums sums = sum(n, t, j);
      const double lengths = length(own) * length(sums.other);
      cosines += sums.both / lengths;
      *coefficient(n, t, j) = -2 * weight / lengths;
    }
    // Below epsilon the length is a constant.
    *coefficient(n, t, place) = own > kEpsilon ? 2 * weight * cosines / own : 0;
    return -weight * cosines;
  }

  /// Group i of the slope of image n, once its terms are finished.
  LIMPID_HD void slope(int n, std::int64_t i) const {
    const Group x = load(n, i), zero = splat(0.0F);
    Group sum = zero;
    for (int t = 0; t < terms_per_image; ++t) {
      const GramTerm one = term(n, t);
      if (one.column != 0) continue;
      for (int j = 0; j < others(one); ++j) {
        const Group y = load(image_of(one, j), i), factor = splat(static_cast<float>(*coefficient(n, t, j)));
        if (one.kind == TermKind::style) {
          sum = sum + (select_greater(x, y, factor, zero) - select_greater(y, x, factor, zero));
        } else {
          sum = multiply_add(factor, y, sum);
        }
      }
    }
    store_group(matrix_slope + (n * groups() + i) * kGroup, sum);
  }

 private:
  LIMPID_HD Group load(int n, std::int64_t i) const { return load_group(gram + (n * groups() + i) * kGroup); }

  LIMPID_HD double* of_matrix(int n, int t, int j) const {
    return scratch + ((std::int64_t{n} * terms_per_image + t) * images + j) * (2 * kGramParts + 1);
  }
  LIMPID_HD double* coefficient(int n, int t, int j) const { return of_matrix(n, t, j) + 2 * kGramParts; }

  LIMPID_HD GramSums sum(int n, int t, int j) const {
    GramSums sums{};
    for (int part = 0; part < kGramParts; ++part) {
      sums.both += of_matrix(n, t, j)[2 * part];
      sums.other += of_matrix(n, t, j)[2 * part + 1];
    }
    return sums;
  }
};

/// The columns of eight channels in some rows of a slope.
struct SlopeColumns {
  const float* row;     ///< The first.
  std::int64_t stride;  ///< From one row to the next.
  int first, groups;    ///< Channel groups the rows belong to.
};

template <class T>
struct GramAdjointBody {
  GroupView<const T> map;
  GroupView<T> gradient;
  float scale;

  /// Tiles of eight positions.
  LIMPID_HD int tiles() const { return (map.h * map.w + kGroup - 1) / kGroup; }

  /// Adds to channel group a of the positions of a tile what comes of the columns, which are those of a.
  LIMPID_HD void add(int n, int a, int tile, SlopeColumns columns) const {
    const int positions = map.h * map.w;
    const T* place[kGroup];  // Beyond the last position the last one again.
    LIMPID_UNROLL for (int p = 0; p < kGroup; ++p) {
      const int at = tile * kGroup + p < positions ? tile * kGroup + p : positions - 1;
      place[p] = map.at(n, columns.first, at / map.w, at % map.w);
    }
    GramTile sum;
    LIMPID_UNROLL for (int p = 0; p < kGroup; ++p) sum.row[p] = splat(0.0F);
    for (int b = 0; b < columns.groups; ++b) {
      GramTile x;
      LIMPID_UNROLL for (int p = 0; p < kGroup; ++p) x.row[p] = load_group(place[p] + b * map.stride_g);
      LIMPID_UNROLL for (int i = 0; i < kGroup; ++i) {
        const Group s = load_group(columns.row);
        columns.row += columns.stride;
        LIMPID_UNROLL for (int p = 0; p < kGroup; ++p) {
          sum.row[p] = multiply_add(splat(x.row[p][i]), s, sum.row[p]);
        }
      }
    }
    LIMPID_UNROLL for (int p = 0; p < kGroup; ++p) {
      const int at = tile * kGroup + p;
      if (at >= positions) return;
      T* target = gradient.at(n, a, at / map.w, at % map.w);
      store_group(target, multiply_add(sum.row[p], splat(2.0F * scale), load_group<T>(target)));
    }
  }
};

}  // namespace limpid
