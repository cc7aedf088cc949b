#include "engine/objective/objective_data.h"

#include <cmath>

#include "kernels/core/philox.h"

namespace limpid {

std::shared_ptr<const FeatureVectors> random_direction(std::uint64_t seed, int channels) {
  auto direction = std::make_shared<FeatureVectors>();
  direction->channels = channels;
  double squares = 0;
  for (int c = 0; c < channels; c += 2) {
    const PhiloxBlock block =
        random_block({seed, 0, 0}, RandomPurpose::direction, static_cast<std::uint32_t>(c / 2));
    const NormalPair pair = normal_pair(block.word[0], block.word[1]);
    direction->values.push_back(pair.first);
    if (c + 1 < channels) direction->values.push_back(pair.second);
  }
  for (const float value : direction->values) squares += double{value} * double{value};
  for (float& value : direction->values) value = static_cast<float>(value / std::sqrt(squares));
  return direction;
}

}  // namespace limpid
