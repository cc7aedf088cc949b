#include "engine/grid/compute_identity.h"

#include "engine/network/device.h"

namespace limpid {

ComputeIdentity identify(const ComputeOptions& compute) {
  Device device(compute);
  return identify(device);
}

ComputeIdentity identify(Device& device) {
  const std::string name = device.backend().name();
  // "cuda:0 NVIDIA H200": any GPU of the model gives the same tiles.
  return {name.substr(name.find(' ') + 1), to_string(device.precision())};
}

ComputeOptions compute_of_store(const Manifest& manifest, ComputeOptions given) {
  if (given.device == ComputeOptions{}.device) given.device = manifest.device == "cpu" ? "cpu" : "cuda";
  if (given.precision != Precision::automatic) return given;
  for (const Precision precision : {Precision::fp32, Precision::tf32, Precision::fp16, Precision::bf16}) {
    if (to_string(precision) == manifest.precision) given.precision = precision;
  }
  return given;
}

}  // namespace limpid
