// A nonnegative matrix as the product of two narrow ones.
//
// A. Cichocki, A.-H. Phan: "Fast Local Algorithms for Large Scale Nonnegative Matrix and Tensor Factorizations", 2009
// (HALS). C. Boutsidis, E. Gallopoulos: "SVD based initialization", 2008 (NNDSVD), its zeros the matrix's mean (NNDSVDa).
#pragma once

#include <span>
#include <vector>

namespace limpid {

struct NonnegativeFactors {
  int count = 0;
  std::vector<double> left;   ///< rows x count.
  std::vector<double> right;  ///< count x columns.
  double error = 0;           ///< |A - left right| / |A|, Frobenius.
  int rounds = 0;
};

/// A, rows x columns with no value below zero, by `count` factors: 1 to the smaller extent. Rounds of HALS until ten of them lower
/// the error by less than 1e-7 of itself, 2,000 at most. The same matrix gives the same bits. Throws Error{usage} for a
/// count out of range, a matrix of zeros, and a negative value or one that is not finite.
NonnegativeFactors factorise(std::span<const float> matrix, int rows, int columns, int count);

}  // namespace limpid
