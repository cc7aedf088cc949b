// Random start of what is optimised, and of backgrounds.
#pragma once

#include <cstdint>

#include "kernels/core/philox.h"
#include "kernels/core/slot_key.h"
#include "kernels/core/stream.h"

namespace limpid {

class OpContract;

/// values[i] ~ N(0, deviation), independent, for every parameter of every image: spectral coefficients and
/// pixels alike. An image's initial values depend on its key's seed and image number alone; those for any
/// other purpose on its step too.
struct InitialiseParameters {
  float* values;        ///< images x count.
  const SlotKey* keys;  ///< One per image.
  int images;
  std::int64_t count;  ///< Parameters of one image, below 2^31.
  float deviation;     ///< 0.01 for both parameterisations.
  RandomPurpose purpose = RandomPurpose::initial_values;
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const InitialiseParameters& op, const OpContract& contract);

namespace cpu {
void initialise_parameters(const Stream&, const InitialiseParameters&);
}
namespace cuda {
void initialise_parameters(const Stream&, const InitialiseParameters&);
}

}  // namespace limpid
