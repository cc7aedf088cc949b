#include "kernels/core/elementwise.h"
#include "kernels/ops/op_contract.h"
#include "kernels/ops/pack_picture.body.h"

namespace limpid::cpu {

void pack_picture(const Stream& stream, const PackPicture& op) {
  with_type(op.grouped.dtype, [&](auto type) {
    for_each_image_pixel<PackPictureBody<decltype(type)>>(stream, op, op.planar.n, op.planar.h, op.planar.w);
  });
}

void unpack_picture(const Stream& stream, const UnpackPicture& op) {
  with_type(op.grouped.dtype, [&](auto type) {
    for_each_image_pixel<UnpackPictureBody<decltype(type)>>(stream, op, op.planar.n, op.planar.h,
                                                            op.planar.w);
  });
}

}  // namespace limpid::cpu

namespace limpid {
namespace {

void check_one_group(const OpContract& contract, const NamedPlanes& planar, const NamedTensor& grouped) {
  contract.planes({planar});
  contract.tensors({grouped});
  const Planar<const float>& p = planar.planes;
  const Tensor& t = grouped.tensor;
  contract.require(t.n == p.n && t.groups == 1 && t.h == p.h && t.w == p.w && p.c <= kGroup, grouped.name,
                   "is {} x {} x {} x {}, and must be one group of the {} x {} x {} x {} that {} is", t.n,
                   t.channels(), t.h, t.w, p.n, p.c, p.h, p.w, planar.name);
}

}  // namespace

void check(const PackPicture& op, const OpContract& contract) {
  check_one_group(contract, {"planar", op.planar}, {"grouped", op.grouped});
}

void check(const UnpackPicture& op, const OpContract& contract) {
  check_one_group(contract, {"planar", op.planar}, {"grouped", op.grouped});
}

}  // namespace limpid
