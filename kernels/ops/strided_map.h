// Between maps in somebody else's memory on a device, of any strides and type, and the network's grouped ones.
#pragma once

#include <cstdint>

#include "kernels/core/stream.h"
#include "kernels/core/tensor.h"

namespace limpid {

class OpContract;

/// n x c x h x w values of `dtype`. Strides count values; they may be 0 where nothing is written, and negative.
struct StridedMap {
  void* data = nullptr;
  DType dtype = DType::f32;
  int n = 0, c = 0, h = 0, w = 0;
  std::int64_t stride_n = 0, stride_c = 0, stride_h = 0, stride_w = 0;
};

/// Channel c of `to` = factor * channel channels[c] of `from` + offsets[c], rounded once, and to the type of `to`; zero
/// where channels[c] is below 0, and everywhere where `from` has no data.
struct TakeMap {
  StridedMap from;
  const std::int32_t* channels;  ///< One a channel of `to`.
  float factor;
  const float* offsets;  ///< Likewise; no data: zeros.
  Tensor to;
};

/// Channel channels[c] of `to` = factor * channel c of `from`, where channels[c] is not below 0; each at most once.
struct GiveMap {
  Tensor from;
  const std::int32_t* channels;  ///< One a channel of `from`.
  float factor;
  StridedMap to;
};

/// Throws std::logic_error where an operation is not as above (see op_contract.h).
void check(const TakeMap& op, const OpContract& contract);
void check(const GiveMap& op, const OpContract& contract);

namespace cpu {
void take_map(const Stream&, const TakeMap&);
void give_map(const Stream&, const GiveMap&);
}  // namespace cpu
namespace cuda {
void take_map(const Stream&, const TakeMap&);
void give_map(const Stream&, const GiveMap&);
}  // namespace cuda

}  // namespace limpid
