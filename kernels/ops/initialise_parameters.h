// Random start of what is optimised.
#pragma once

#include <cstdint>

#include "kernels/core/slot_key.h"
#include "kernels/core/stream.h"

namespace limpid {

/// values[i] ~ N(0, deviation), independent, for every parameter of every image: spectral coefficients and
/// pixels alike. An image's values depend on its key's seed and image number alone.
struct InitialiseParameters {
  float* values;        ///< images x count.
  const SlotKey* keys;  ///< One per image; the step is ignored.
  int images;
  std::int64_t count;  ///< Parameters of one image, below 2^31.
  float deviation;     ///< 0.01 for both parameterisations.
};

namespace cpu {
void initialise_parameters(const Stream&, const InitialiseParameters&);
}
namespace cuda {
void initialise_parameters(const Stream&, const InitialiseParameters&);
}

}  // namespace limpid
