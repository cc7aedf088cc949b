// Eight complex FFTs of one length at a time, one per vector lane.
#pragma once

#include <string>
#include <vector>

#include "kernels/fft/lanes.h"

namespace limpid::cpu {

/// X[k] = sum over j of x[j] e^{+2 pi i j k / n}, unnormalised, for any n >= 1. (For e^{-...} swap re and im
/// before and after.) Stockham's self-sorting mixed-radix algorithm; see C. Van Loan, "Computational
/// Frameworks for the Fast Fourier Transform", 1992, section 1.7. Radices 4, 2, 3, 5 and 7 are fast; a larger
/// prime factor p costs O(p) per element.
class StockhamFft {
 public:
  explicit StockhamFft(int length);

  /// Transforms the elements at x. Both buffers are overwritten; the result lies in the one that is
  /// returned.
  ComplexLanes* run(ComplexLanes* x, ComplexLanes* work) const;

  /// The radices of its passes: "4x4x2x7".
  std::string radices() const;

  /// e^{i angle}.
  struct Root {
    float re, im;
  };

  /// One pass: `span` different butterflies of `radix` inputs, each for `stride` sequences.
  struct Pass {
    int radix, span, stride;
    std::vector<Root> twiddles;  ///< span x (radix - 1): e^{2 pi i p k / (radix span)} for p = 0.., k = 1...
    std::vector<Root> roots;     ///< radix: e^{2 pi i k / radix}.
  };

 private:
  std::vector<Pass> passes_;
};

}  // namespace limpid::cpu
