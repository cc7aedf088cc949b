// Every operation of an optimisation step on a GPU, as Google benchmarks.
#pragma once

#include <string>

namespace limpid::bench {

/// Registers "LAYER OPERATION" for each operation of a step towards mixed5b at 224 x 224 with random weights:
/// times are those of events around it, the L2 emptied before. `device` as ComputeOptions has it. Throws
/// Error{runtime} where the device does not answer.
void add_device_operations(const std::string& device, int batch);

}  // namespace limpid::bench
