// Where vectors lie along the two directions in which they vary most.
#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "kernels/core/stream.h"

namespace limpid {

/// count x 2: of `rows` (count x channels), each first brought to length 1 and less the mean of all, the components along the
/// two leading eigenvectors of their covariance, by orthogonal iteration in double precision. Of each eigenvector the entry
/// that is largest in size is positive. The same for any number of threads.
std::vector<float> principal_plane(std::span<const float> rows, std::size_t channels,
                                   const Stream& stream = {});

}  // namespace limpid
