// A GPU as the engine sees one, on the host: so that every machine tests what the engine does with a device.
#pragma once

#include <memory>

#include "kernels/backend.h"

namespace limpid::test {

/// Its memory cannot be touched by the host except through the backend; nothing runs before the host waits
/// for it; the tasks of a program run in a random order that their edges allow; activations are NHWC and the
/// network's input is one group of channels. Convolutions are loops written from the definition, all else is
/// the CPU backend's. `memory` bytes may be allocated, then OutOfMemory is thrown. fp32 only.
std::unique_ptr<Backend> make_simulated_gpu(std::size_t memory = std::size_t{1} << 40);

}  // namespace limpid::test
