#include "engine/grid/compute_identity.h"

#include "engine/network/device.h"

namespace limpid {

ComputeIdentity identify(const ComputeOptions& compute) {
  Device device(compute);
  const std::string name = device.backend().name();
  // "cuda:0 NVIDIA H200": any GPU of the model gives the same tiles.
  return {name.substr(name.find(' ') + 1), to_string(device.precision())};
}

}  // namespace limpid
