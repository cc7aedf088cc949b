// Directions that stand out from what all vectors have in common.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "kernels/core/stream.h"

namespace limpid {

/// What is added to the diagonal of S (see Whitening), of the diagonal's mean.
inline constexpr double kWhiteningRidge = 1e-3;

/// S^-1 v, where S is the mean of a a^T over the vectors a, and `ridge` times the mean of its diagonal more on the diagonal.
/// Carter et al. 2019, "Activation Atlas", take the inverse without that, which does not exist where a channel is never active
/// or there are fewer vectors than channels.
class Whitening {
 public:
  /// `vectors`: count x channels. The same for any number of threads. Throws Error{usage} where all are zero or the mean of their
  /// squares is not finite.
  Whitening(std::span<const float> vectors, std::size_t channels, const Stream& stream = {},
            double ridge = kWhiteningRidge);

  /// At length 1; zeros of a vector of zeros.
  std::vector<float> direction(std::span<const float> vector) const;

 private:
  double& at(std::size_t row, std::size_t column) { return lower_[row * channels_ + column]; }
  double at(std::size_t row, std::size_t column) const { return lower_[row * channels_ + column]; }
  void factorise();

  std::size_t channels_;
  std::vector<double> lower_;  ///< Cholesky's L, L L^T = S; above the diagonal S itself.
};

}  // namespace limpid
