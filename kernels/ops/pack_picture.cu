#include "kernels/core/launch.cuh"
#include "kernels/ops/pack_picture.body.h"

namespace limpid::cuda {

void pack_picture(const Stream& stream, const PackPicture& op) {
  with_type(op.grouped.dtype, [&](auto type) {
    for_each_image_pixel<PackPictureBody<decltype(type)>>(stream, "pack_picture", op, op.planar.n,
                                                          op.planar.h, op.planar.w);
  });
}

void unpack_picture(const Stream& stream, const UnpackPicture& op) {
  with_type(op.grouped.dtype, [&](auto type) {
    for_each_image_pixel<UnpackPictureBody<decltype(type)>>(stream, "unpack_picture", op, op.planar.n,
                                                            op.planar.h, op.planar.w);
  });
}

}  // namespace limpid::cuda
