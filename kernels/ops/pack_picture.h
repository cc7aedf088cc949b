// Between planes of fp32 and the one channel group in which a GPU holds the network's input.
#pragma once

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"

namespace limpid {

class OpContract;

/// grouped channel c = planar channel c for the planar's channels (at most eight), zero for the others,
/// rounded to the tensor's dtype.
struct PackPicture {
  Planar<const float> planar;
  Tensor grouped;  ///< One group.
};

/// planar channel c = scale * grouped channel c, for the planar's channels.
struct UnpackPicture {
  Tensor grouped;  ///< One group.
  Planar<float> planar;
  float scale;
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const PackPicture& op, const OpContract& contract);
void check(const UnpackPicture& op, const OpContract& contract);

namespace cpu {
void pack_picture(const Stream&, const PackPicture&);
void unpack_picture(const Stream&, const UnpackPicture&);
}  // namespace cpu
namespace cuda {
void pack_picture(const Stream&, const PackPicture&);
void unpack_picture(const Stream&, const UnpackPicture&);
}  // namespace cuda

}  // namespace limpid
