// Arithmetic of initialise_parameters: four values from one random block.
#pragma once

#include "kernels/core/host_device.h"
#include "kernels/core/philox.h"
#include "kernels/ops/initialise_parameters.h"

namespace limpid {

struct InitialiseParametersBody {
  float* values;
  std::int64_t count;
  float deviation;
  RandomPurpose purpose;
  SlotKey key;

  LIMPID_HD InitialiseParametersBody(const InitialiseParameters& op, int image)
      : values(op.values + image * op.count),
        count(op.count),
        deviation(op.deviation),
        purpose(op.purpose),
        key(op.keys[image]) {
    if (purpose == RandomPurpose::initial_values) key.step = 0;
  }

  static std::int64_t blocks(const InitialiseParameters& op) { return (op.count + 3) / 4; }

  LIMPID_HD void operator()(std::int64_t block) const {
    const PhiloxBlock random = random_block(key, purpose, static_cast<std::uint32_t>(block));
    const NormalPair low = normal_pair(random.word[0], random.word[1]);
    const NormalPair high = normal_pair(random.word[2], random.word[3]);
    const float normal[4] = {low.first, low.second, high.first, high.second};
    for (int j = 0; j < 4 && 4 * block + j < count; ++j) values[4 * block + j] = deviation * normal[j];
  }
};

}  // namespace limpid
