// What of a device decides the bytes of a tile.
#pragma once

#include <string>
#include <vector>

#include "engine/grid/manifest.h"
#include "engine/network/compute_options.h"

namespace limpid {

class Device;

/// Device and precision as they stand in a manifest.
struct ComputeIdentity {
  std::string device;     ///< "cpu", or a GPU's model.
  std::string precision;  ///< "fp32" for instance; never "auto".
};

/// What `compute` chooses on this machine. Throws Error as the device does where there is none.
ComputeIdentity identify(const ComputeOptions& compute);

ComputeIdentity identify(Device& device);

/// What all of them choose, at least one. Throws Error{usage} where they are not of one model, for then they make different
/// tiles, and what `identify` throws.
ComputeIdentity identify_alike(const std::vector<ComputeOptions>& devices);

/// `Manifest::batch` of a store that is to be made by so many workers (devices of every process, and shards): as asked, or
/// where that is 0 an even share, up to what fills a GPU. 0 on the CPU.
int fixed_batch(const Manifest& manifest, int asked, std::int64_t workers);

/// What gives the bytes of a store's tiles again (on a GPU with its batch and its algorithms): `given` where it names a device or a precision, the store's
/// where it leaves them open.
ComputeOptions compute_of_store(const Manifest& manifest, ComputeOptions given = {});

}  // namespace limpid
