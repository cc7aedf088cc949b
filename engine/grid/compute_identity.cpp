#include "engine/grid/compute_identity.h"

#include "engine/network/device.h"
#include "engine/optimize/scheduler.h"
#include "kernels/backend.h"
#include "kernels/core/error.h"

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

ComputeIdentity identify_alike(const std::vector<ComputeOptions>& devices) {
  ComputeIdentity first = identify(devices.front());
  for (const ComputeOptions& device : devices) {
    if (const ComputeIdentity other = identify(device); other.device != first.device) {
      fail_usage("{} is {}, but {} is {}: tiles of one grid come from devices of one model",
                 devices.front().device, first.device, device.device, other.device);
    }
  }
  return first;
}

int fixed_batch(const Manifest& manifest, int asked, std::int64_t workers) {
  if (manifest.device == "cpu") return 0;
  if (asked > 0) return asked;
  std::int64_t jobs = 0;
  for (const RenderOptions& job : manifest.jobs) jobs += job.restarts;
  return automatic_gpu_batch((jobs + workers - 1) / workers);
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
