#include "kernels/core/launch.cuh"
#include "kernels/ops/strided_map.body.h"

namespace limpid::cuda {

void take_map(const Stream& stream, const TakeMap& op) {
  with_type(op.to.dtype, [&](auto type) {
    with_type(op.from.dtype, [&](auto outside) {
      using Body = TakeMapBody<decltype(type), decltype(outside)>;
      for_each_image_pixel<Body>(stream, "take_map", op, op.to.n, op.to.groups * op.to.h, op.to.w);
    });
  });
}

void give_map(const Stream& stream, const GiveMap& op) {
  with_type(op.from.dtype, [&](auto type) {
    with_type(op.to.dtype, [&](auto outside) {
      using Body = GiveMapBody<decltype(type), decltype(outside)>;
      for_each_image_pixel<Body>(stream, "give_map", op, op.from.n, op.from.groups * op.from.h, op.from.w);
    });
  });
}

}  // namespace limpid::cuda
