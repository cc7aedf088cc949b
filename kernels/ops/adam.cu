#include "kernels/core/launch.cuh"
#include "kernels/ops/adam.body.h"

namespace limpid::cuda {
namespace {

template <bool Scaled>
struct AdamOnDevice {
  AdamBody<Scaled> body;
  int* non_finite;

  __device__ AdamOnDevice(const Adam& op, int plane)
      : body(op, plane), non_finite(op.non_finite + plane / op.planes) {}

  __device__ auto load(std::int64_t i) const { return body.load(i); }
  __device__ void store(std::int64_t i, const typename AdamBody<Scaled>::Loaded& x) const {
    if (!body.store(i, x)) *non_finite = 1;
  }
};

}  // namespace

void adam(const Stream& stream, const Adam& op) {
  const int planes = op.images * op.planes;
  if (op.gradient_scale != nullptr) {
    for_each_image_element<AdamOnDevice<true>>(stream, "adam", op, planes, op.count);
  } else {
    for_each_image_element<AdamOnDevice<false>>(stream, "adam", op, planes, op.count);
  }
}

}  // namespace limpid::cuda
