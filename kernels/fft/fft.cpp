#include "kernels/fft/fft.h"

#include <cstdint>
#include <limits>

#include "kernels/core/error.h"

namespace limpid {

void validate(const FftShape& shape) {
  const bool fits =
      std::int64_t{2} * shape.h * (std::int64_t{shape.w} + 2) <= std::numeric_limits<std::int32_t>::max();
  if (shape.planes < 1 || shape.h < 1 || shape.w < 1 || !fits) {
    fail_usage(
        "an FFT of {} planes of {} x {} is not possible: extents must be at least 1 and a plane below 2^30 "
        "pixels",
        shape.planes, shape.h, shape.w);
  }
}

}  // namespace limpid
